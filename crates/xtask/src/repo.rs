//! Where things are in the repository.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{self, Outcome};

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new(".")).to_path_buf()
}

/// Where the commands keep logs and stamps; never committed.
pub fn scratch(root: &Path) -> Outcome<PathBuf> {
    let folder = root.join("target/xtask");
    std::fs::create_dir_all(&folder).map_err(|error| shell::file_error("create", &folder, &error))?;
    Ok(folder)
}

/// Every file that is or could be committed, as paths from the root with `/`.
pub fn files(root: &Path) -> Outcome<Vec<String>> {
    let mut git = Command::new("git");
    // CI may check out as one user and run as another.
    git.args(["-c", "safe.directory=*"]);
    git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(root);
    let listing = shell::output(&mut git)?;
    let mut paths: Vec<String> = listing
        .split('\0')
        // A deleted file stays listed until the deletion is committed.
        .filter(|path| !path.is_empty() && root.join(path).is_file())
        .map(String::from)
        .collect();
    paths.sort();
    paths.dedup();
    Ok(paths)
}

/// Whether a path names something that exists under the root.
pub fn has(root: &Path, path: &str) -> bool {
    root.join(path).exists()
}
