//! Scripts that are each about one thing.

mod grants;
mod money;
mod windows;

use super::{Author, Grant, Script};

const CENT: i64 = 1_000_000;
const SECOND_MS: i64 = 1_000;
const MINUTE_MS: i64 = 60 * SECOND_MS;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

type Write = fn(&mut Author);

/// All of them.
pub(super) fn all() -> Vec<Script> {
    let parts = [money::SCRIPTS, grants::SCRIPTS, windows::SCRIPTS];
    let written = parts.into_iter().flatten().map(|(name, write)| {
        let mut author = Author::default();
        write(&mut author);
        author.finish(name)
    });
    written.collect()
}

fn capped(cents: i64) -> Grant {
    Grant { cap: Some(cents * CENT), ..Grant::default() }
}
