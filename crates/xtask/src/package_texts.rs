//! Licences and the README, copied from the root into every npm package.
//!
//! npm packs only what lies in a package's own folder; the copies are not committed, so that they
//! cannot drift.

use std::path::Path;

use crate::repo;
use crate::shell::{self, Outcome};

/// Copies the texts into each folder under `npm/` that holds a package.
pub fn copy(root: &Path) -> Outcome {
    let packages = root.join("npm");
    let entries = std::fs::read_dir(&packages).map_err(|error| shell::file_error("list", &packages, &error))?;
    for entry in entries {
        let folder = entry.map_err(|error| shell::file_error("list", &packages, &error))?.path();
        if !folder.join("package.json").is_file() {
            continue;
        }
        for text in ["LICENSE-APACHE", "LICENSE-MIT"] {
            copy_one(root, text, &folder)?;
        }
        if repo::has(root, "README.md") && folder.ends_with("keyrail") {
            copy_one(root, "README.md", &folder)?;
        }
    }
    Ok(())
}

fn copy_one(root: &Path, name: &str, folder: &Path) -> Outcome {
    let target = folder.join(name);
    std::fs::copy(root.join(name), &target).map_err(|error| shell::file_error("write", &target, &error))?;
    Ok(())
}
