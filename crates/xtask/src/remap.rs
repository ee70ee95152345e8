//! What is shipped names no folder of the machine that built it.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Makes cargo write paths from the root and from cargo's own folder without their machine's part,
/// and gives `flags` to the compiler as well: it takes all of them from one place.
///
/// Give such a build a target folder of its own: cargo builds everything again whenever the flags of
/// a folder change.
pub fn apply(cargo: &mut Command, root: &Path, flags: &[&str]) {
    let flag = |from: &Path, to: &str| format!("--remap-path-prefix={}={to}", from.display());
    let paths = [flag(root, "keyrail"), flag(&cargo_home(), "cargo")];
    let flags: Vec<&str> = paths.iter().map(String::as_str).chain(flags.iter().copied()).collect();
    // The encoded form keeps paths with spaces in one piece.
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
}

fn cargo_home() -> PathBuf {
    let set = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let users = ["HOME", "USERPROFILE"].into_iter().find_map(std::env::var_os);
    set.or_else(|| users.map(|home| Path::new(&home).join(".cargo"))).unwrap_or_default()
}
