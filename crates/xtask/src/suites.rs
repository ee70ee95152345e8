//! The table of test suites. A row is part of a run as soon as its folder exists.

use std::path::Path;
use std::process::Command;

use crate::repo;
use crate::setup;
use crate::shell::{self, Outcome};

/// Which runner a suite has, and so which summary it prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runner {
    /// `cargo test` with these arguments.
    Cargo(&'static [&'static str]),
    /// `node --test` over every `*.test.mjs` in a folder.
    Node(&'static str),
}

/// What a suite cannot run without and what this machine may lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The npm registry, to install packages as a stranger does.
    NpmRegistry,
    /// A Postgres server's programs: the system's, or those that npm ships.
    Postgres,
    /// The packages of this folder, too large to be installed before a suite asks for them.
    Packages(&'static str),
}

/// One suite: a name, how it runs, what it needs.
#[derive(Clone, Copy, Debug)]
pub struct Suite {
    /// What `cargo xtask test <name>` calls it. Rows that share a name run together.
    pub name: &'static str,
    /// Tells rows of the same name apart.
    pub variant: &'static str,
    /// How it runs.
    pub runner: Runner,
    /// Without these it is skipped, with the reason.
    pub needs: &'static [Need],
    /// Set for the run.
    pub env: &'static [(&'static str, &'static str)],
}

const NATIVE: &[(&str, &str)] = &[("KEYRAIL_ENGINE", "native")];
const WASM: &[(&str, &str)] = &[("KEYRAIL_ENGINE", "wasm")];

/// Every suite, in the order in which they run.
pub const SUITES: &[Suite] = &[
    Suite {
        name: "rust",
        variant: "",
        runner: Runner::Cargo(&["--workspace", "--locked", "--no-fail-fast"]),
        needs: &[],
        env: &[],
    },
    js("types", "", "tests/types", &[]),
    on_postgres("vectors", "native", "tests/vectors", NATIVE),
    on_postgres("vectors", "wasm", "tests/vectors", WASM),
    js("engines", "", "tests/engines", &[]),
    js("stores", "", "tests/stores", &[]),
    on_postgres("postgres", "", "tests/postgres", &[]),
    js("testing", "", "tests/testing", &[]),
    js("loop", "", "tests/loop", &[]),
    js("sim", "", "tests/sim", &[]),
    js("agent-key", "native", "tests/agent-key", NATIVE),
    js("agent-key", "wasm", "tests/agent-key", WASM),
    js("http", "", "tests/http", &[]),
    js("express", "", "tests/express", &[]),
    js("clerk", "", "tests/clerk", &[]),
    js("docs", "", "tests/docs", &[]),
    on_postgres("drop-in", "", "tests/drop-in", &[]),
    on_postgres("e2e", "", "tests/e2e", &[]),
    on_postgres("faults", "", "tests/faults", &[]),
    Suite {
        name: "runtimes",
        variant: "",
        runner: Runner::Node("tests/runtimes"),
        needs: &[Need::Packages("tests/runtimes")],
        env: &[],
    },
    Suite {
        name: "next",
        variant: "",
        runner: Runner::Node("tests/next"),
        needs: &[Need::Packages("tests/next")],
        env: &[],
    },
    js("bench", "", "bench", &[]),
    Suite {
        name: "packaging",
        variant: "",
        runner: Runner::Node("tests/packaging"),
        needs: &[Need::NpmRegistry],
        env: &[],
    },
];

const fn js(
    name: &'static str,
    variant: &'static str,
    folder: &'static str,
    env: &'static [(&'static str, &'static str)],
) -> Suite {
    Suite { name, variant, runner: Runner::Node(folder), needs: &[], env }
}

/// A suite that starts Postgres servers.
const fn on_postgres(
    name: &'static str,
    variant: &'static str,
    folder: &'static str,
    env: &'static [(&'static str, &'static str)],
) -> Suite {
    Suite { needs: &[Need::Postgres], ..js(name, variant, folder, env) }
}

impl Suite {
    /// The name with its variant, for people.
    pub fn title(&self) -> String {
        if self.variant.is_empty() { self.name.to_owned() } else { format!("{} ({})", self.name, self.variant) }
    }

    /// Whether its folder is there yet.
    pub fn exists(&self, root: &Path) -> bool {
        match self.runner {
            Runner::Cargo(_) => true,
            Runner::Node(folder) => repo::has(root, folder),
        }
    }
}

/// The suites of this run: all that exist, or the named ones.
pub fn chosen(root: &Path, names: &[String]) -> Outcome<Vec<&'static Suite>> {
    let present: Vec<&Suite> = SUITES.iter().filter(|suite| suite.exists(root)).collect();
    if let Some(unknown) = names.iter().find(|name| !present.iter().any(|suite| suite.name == name.as_str())) {
        let mut known: Vec<&str> = present.iter().map(|suite| suite.name).collect();
        known.dedup();
        return Err(format!("no suite `{unknown}`; there are: {}", known.join(", ")));
    }
    let wanted = |suite: &&Suite| names.is_empty() || names.iter().any(|name| name == suite.name);
    Ok(present.into_iter().filter(wanted).collect())
}

/// Test files that no row would run, so that nobody believes in a test that never runs.
pub fn unlisted<'a>(files: &'a [String], suites: &[Suite]) -> Vec<&'a str> {
    let tests = files.iter().map(String::as_str).filter(|path| path.ends_with(".test.mjs"));
    let listed = |path: &str| {
        suites.iter().any(|suite| match suite.runner {
            Runner::Cargo(_) => false,
            Runner::Node(folder) => path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')),
        })
    };
    tests.filter(|path| !listed(path)).collect()
}

/// Why a need cannot be met here, or `None` when it can.
pub fn missing(root: &Path, need: Need) -> Option<String> {
    match need {
        Need::NpmRegistry => registry_fault(),
        Need::Postgres if has_postgres() => None,
        Need::Postgres => missing(root, Need::Packages("tests/servers")),
        Need::Packages(folder) => {
            if setup::are_installed(root, folder) == Ok(true) {
                return None;
            }
            // npm would try for minutes to fetch from a registry that is not there.
            let fault = registry_fault().or_else(|| setup::npm_packages(root, folder).err())?;
            Some(format!("the packages of {folder} cannot be installed: {fault}"))
        }
    }
}

/// Whether this machine has a Postgres server, where `tests/servers/postgres.mjs` looks for one.
fn has_postgres() -> bool {
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let folders = debian.map(|version| version.path().join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = folders.chain(std::env::split_paths(&path));
    folders.any(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

/// Why the npm registry is of no use, or `None` when it answers.
fn registry_fault() -> Option<String> {
    // One quick try: npm would repeat a failed request for more than a minute.
    let view = ["view", "express", "name", "--loglevel=silent", "--fetch-retries=0", "--fetch-timeout=20000"];
    let answer = shell::output(Command::new("npm").args(view));
    answer.err().map(|error| format!("the npm registry does not answer: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_file_outside_every_row_is_found() {
        let files = ["tests/vectors/a.test.mjs", "tests/new/b.test.mjs", "tests/vectors-old/c.test.mjs", "x.mjs"];
        let files = files.map(String::from);
        assert_eq!(unlisted(&files, SUITES), ["tests/new/b.test.mjs", "tests/vectors-old/c.test.mjs"]);
    }

    #[test]
    fn an_unknown_suite_is_refused_and_the_known_ones_are_named() {
        let error = chosen(Path::new("."), &["nonsense".to_owned()]).err().unwrap_or_default();
        assert!(error.contains("`nonsense`") && error.contains("rust"), "{error}");
    }
}
