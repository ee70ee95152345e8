//! What can go wrong with a file, in words that help and codes that stay.

use std::path::Path;

use rusqlite::ErrorCode;
use serde::Serialize;

/// A call that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Stable; the message is for people.
    pub code: &'static str,
    /// What to do. Holds no secret and no hash.
    pub message: String,
    /// Whether nothing was written for sure.
    pub definite: bool,
}

impl Fault {
    /// A fault after which nothing was written.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), definite: true }
    }

    /// What SQLite says of `path`.
    pub fn of(error: &rusqlite::Error, path: &Path) -> Self {
        let shown = path.display();
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                Self::new("store_busy", format!("another process keeps {shown} locked; end its transaction"))
            }
            Some(ErrorCode::NotADatabase) => {
                Self::new("store_corrupt", format!("{shown} is no SQLite database; give another path, or restore it"))
            }
            Some(ErrorCode::DatabaseCorrupt) => {
                Self::new("store_corrupt", format!("{shown} is damaged; restore it from a backup"))
            }
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::AuthorizationForStatementDenied) => {
                Self::new("store_read_only", format!("{shown} or its folder may not be written by this process"))
            }
            Some(ErrorCode::DiskFull) => {
                Self::new("store_full", format!("there is no room left on the disk of {shown}; nothing was written"))
            }
            Some(ErrorCode::CannotOpen) => Self::new("store_unopenable", unopenable(path)),
            Some(ErrorCode::SystemIoFailure) => Self::new("store_io", format!("the disk of {shown} failed: {error}")),
            _ => Self::new("store_failed", format!("SQLite refused a statement on {shown}: {error}")),
        }
    }

    /// The same where the last word of a transaction failed: it may have reached the disk nevertheless.
    pub fn of_last_word(error: &rusqlite::Error, path: &Path) -> Self {
        let fault = Self::of(error, path);
        let definite = matches!(fault.code, "store_busy" | "store_full" | "store_read_only");
        Self { definite, ..fault }
    }
}

fn unopenable(path: &Path) -> String {
    let shown = path.display();
    if path.is_dir() {
        return format!("{shown} is a folder; give the path of a file in it");
    }
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            format!("the folder of {shown} does not exist; make it first")
        }
        _ => format!("{shown} cannot be opened; this process needs to read and write it and its folder"),
    }
}
