//! Which Rust crate may depend on which, and what the core may not know.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::Finding;
use crate::shell::{self, Outcome};

/// Our crates, and those of ours that each may name. Dependencies point one way.
const MAY_USE: &[(&str, &[&str])] = &[
    ("keyrail-core", &[]),
    ("keyrail-model", &["keyrail-core"]),
    ("keyrail-sim", &["keyrail-core", "keyrail-model"]),
    ("keyrail-vectors", &["keyrail-core"]),
    ("keyrail-sqlite", &["keyrail-core"]),
    ("keyrail-flat", &["keyrail-core"]),
    ("keyrail-node", &["keyrail-core", "keyrail-flat", "keyrail-sqlite"]),
    ("keyrail-wasm", &["keyrail-core", "keyrail-flat"]),
    ("xtask", &[]),
];

/// What would let JSON, time, randomness or I/O into the pure core, also through its tests.
const CORE_MAY_NOT_USE: [&str; 7] = ["serde", "rand", "getrandom", "tokio", "chrono", "wasm-bindgen", "napi"];

/// What cargo says about the packages of the workspace.
pub fn metadata(root: &Path) -> Outcome<Value> {
    let mut cargo = Command::new("cargo");
    cargo.args(["metadata", "--no-deps", "--format-version", "1", "--locked"]).current_dir(root);
    let text = shell::output(&mut cargo)?;
    serde_json::from_str(&text).map_err(|error| format!("cargo metadata printed no JSON: {error}"))
}

/// Checks the dependencies of every crate, of every kind.
pub fn check(metadata: &Value) -> Outcome<Vec<Finding>> {
    let packages = metadata["packages"].as_array().ok_or("cargo metadata names no packages")?;
    let names: Vec<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    let mut findings = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let mut fault = |message: String| findings.push(Finding { place: name.to_owned(), line: 0, message });
        let Some((_, allowed)) = MAY_USE.iter().find(|(known, _)| *known == name) else {
            fault("a new crate: add it to MAY_USE in crates/xtask/src/tidy/crate_directions.rs".to_owned());
            continue;
        };
        let dependencies = package["dependencies"].as_array().map(Vec::as_slice).unwrap_or_default();
        for dependency in dependencies.iter().filter_map(|dependency| dependency["name"].as_str()) {
            if names.contains(&dependency) && !allowed.contains(&dependency) {
                fault(format!("may not depend on {dependency}"));
            }
            if name == "keyrail-core" && impure(dependency) {
                fault(format!("the core is pure and may not depend on {dependency}"));
            }
        }
    }
    Ok(findings)
}

/// Whether the crate, or the family it belongs to, is closed to the core.
fn impure(dependency: &str) -> bool {
    CORE_MAY_NOT_USE.iter().any(|banned| {
        dependency.strip_prefix(banned).is_some_and(|rest| rest.is_empty() || rest.starts_with(['_', '-']))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn messages(packages: &Value) -> Vec<String> {
        let findings = check(&json!({ "packages": packages })).unwrap();
        findings.into_iter().map(|finding| format!("{}: {}", finding.place, finding.message)).collect()
    }

    #[test]
    fn a_dependency_that_points_back_is_found() {
        let found = messages(&json!([
            { "name": "keyrail-core", "dependencies": [{ "name": "keyrail-model", "kind": "dev" }, { "name": "time" }] },
            { "name": "keyrail-model", "dependencies": [{ "name": "keyrail-core" }] },
            { "name": "keyrail-wasm", "dependencies": [{ "name": "keyrail-model" }] },
        ]));
        assert_eq!(
            found,
            ["keyrail-core: may not depend on keyrail-model", "keyrail-wasm: may not depend on keyrail-model"]
        );
    }

    #[test]
    fn json_in_the_core_is_found_also_in_its_tests() {
        let found = messages(&json!([{
            "name": "keyrail-core",
            "dependencies": [{ "name": "serde_json", "kind": "dev" }, { "name": "serde" }, { "name": "served" }],
        }]));
        assert_eq!(found.len(), 2, "{found:?}");
    }

    #[test]
    fn a_crate_without_a_row_is_found() {
        let found = messages(&json!([{ "name": "keyrail-new", "dependencies": [] }]));
        assert_eq!(found.len(), 1, "{found:?}");
    }

    #[test]
    fn metadata_without_packages_is_an_error() {
        assert!(check(&json!({})).is_err());
    }
}
