//! `cargo xtask ready`: everything that CI runs, in the order in which a mistake shows soonest.

use std::path::Path;
use std::process::{Command, ExitCode};

use crate::commands;
use crate::repo;
use crate::shell::{self, Outcome};
use crate::{size, test, tidy};

/// Runs every gate, the tests last; a gate that fails ends it.
pub fn run(root: &Path) -> Outcome<ExitCode> {
    tidy::run(root)?;
    shell::announce("checking the format of Rust");
    shell::run(Command::new("cargo").args(["fmt", "--all", "--check"]).current_dir(root))?;
    shell::announce("clippy, warnings denied");
    let clippy = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
    shell::run(Command::new("cargo").args(clippy).current_dir(root))?;
    generated_files_are_current(root)?;
    shell::announce("checking the format and lint of JavaScript and TypeScript");
    shell::run(
        Command::new(root.join("tests/node_modules/.bin/biome"))
            .args(["ci", "--error-on-warnings", "--colors=off", "."])
            .current_dir(root),
    )?;
    size::run(root, false)?;
    test::run(root, &[])
}

/// Builds, and compares every committed generated file with what the build made of it.
fn generated_files_are_current(root: &Path) -> Outcome {
    let before = generated(root)?;
    commands::build(root)?;
    let after = generated(root)?;
    match changed(&before, &after) {
        None => Ok(()),
        Some(path) => Err(format!("{path} is not what `cargo xtask build` generates; commit the new one")),
    }
}

/// The committed files that a build writes, with their text.
fn generated(root: &Path) -> Outcome<Vec<(String, String)>> {
    let mut found = Vec::new();
    for path in repo::files(root)? {
        let text = std::fs::read(root.join(&path)).unwrap_or_default();
        let text = String::from_utf8_lossy(&text).into_owned();
        if tidy::is_generated(&text) {
            found.push((path, text));
        }
    }
    Ok(found)
}

/// The first file that differs or is on one side only.
fn changed<'a>(before: &'a [(String, String)], after: &'a [(String, String)]) -> Option<&'a str> {
    let only_in = |left: &'a [(String, String)], right: &'a [(String, String)]| {
        left.iter().find(|file| !right.contains(file)).map(|(path, _)| path.as_str())
    };
    only_in(before, after).or_else(|| only_in(after, before))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stale_a_new_and_a_vanished_file_are_seen() {
        let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
        let before = [file("a", "1"), file("b", "1")];
        assert_eq!(changed(&before, &before), None);
        assert_eq!(changed(&before, &[file("a", "1"), file("b", "2")]), Some("b"));
        assert_eq!(changed(&before, &[file("a", "1")]), Some("b"));
        assert_eq!(changed(&before[..1], &before), Some("b"));
    }
}
