//! `cargo xtask setup`: the WASM target and the npm packages.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::repo;
use crate::shell::{self, Outcome};

const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Installs what is missing; does nothing when all is there.
pub fn run(root: &Path) -> Outcome {
    wasm_target()?;
    // The others link to the package by its folder, so it comes first.
    npm_packages(root, "npm/keyrail")?;
    npm_packages(root, "tests")?;
    examples(root)?.iter().try_for_each(|example| npm_packages(root, example))
}

/// The folders of the examples.
fn examples(root: &Path) -> Outcome<Vec<String>> {
    let manifests = repo::files(root)?.into_iter().filter(|path| path.starts_with("examples/"));
    Ok(manifests.filter_map(|path| path.strip_suffix("/package.json").map(str::to_owned)).collect())
}

fn wasm_target() -> Outcome {
    let sysroot = shell::output(Command::new("rustc").args(["--print", "sysroot"]))?;
    let library = Path::new(sysroot.trim()).join("lib/rustlib").join(WASM_TARGET);
    if library.exists() {
        return Ok(());
    }
    shell::announce("adding the WASM target");
    shell::run(Command::new("rustup").args(["target", "add", WASM_TARGET]))
        .map_err(|error| format!("{error}; Keyrail needs the Rust target {WASM_TARGET}"))
}

/// Installs the packages of a folder, unless they are there as its manifest and lock file want them.
pub fn npm_packages(root: &Path, folder: &str) -> Outcome {
    if are_installed(root, folder)? {
        return Ok(());
    }
    let stamp = stamp_path(root, folder)?;
    let wanted = wanted(root, folder)?;
    shell::announce(&format!("npm install in {folder}"));
    // Not `npm ci`: it refuses a lock file that lacks an optional package, and the addon packages of
    // a version are on the registry only after its release.
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(root.join(folder));
    shell::run(&mut npm)?;
    let now = self::wanted(root, folder)?;
    if now != wanted && std::env::var_os("CI").is_some() {
        return Err(format!("{folder}/package-lock.json is not what npm makes of package.json; commit the new one"));
    }
    std::fs::write(&stamp, now).map_err(|error| shell::file_error("write", &stamp, &error))
}

/// Whether the packages of a folder are there as its manifest and lock file want them.
pub fn are_installed(root: &Path, folder: &str) -> Outcome<bool> {
    let installed = std::fs::read_to_string(stamp_path(root, folder)?).unwrap_or_default();
    Ok(installed == wanted(root, folder)? && repo::has(root, &format!("{folder}/node_modules")))
}

fn stamp_path(root: &Path, folder: &str) -> Outcome<PathBuf> {
    Ok(repo::scratch(root)?.join(format!("npm-{}.stamp", folder.replace('/', "-"))))
}

/// Everything that decides what npm would install.
fn wanted(root: &Path, folder: &str) -> Outcome<String> {
    let manifest = shell::read(&root.join(folder).join("package.json"))?;
    let lock = std::fs::read_to_string(root.join(folder).join("package-lock.json")).unwrap_or_default();
    Ok(format!("{manifest}\n{lock}"))
}
