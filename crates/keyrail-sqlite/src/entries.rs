//! The ledger's entries. They are only ever added.

use rusqlite::{Connection, OptionalExtension, Result, Row as SqlRow, params};

use crate::lists;
use crate::rows::{EntryRow, Idempotency, KeyRef};

macro_rules! select {
    ($condition:literal) => {
        concat!(
            "SELECT tree, seq, kind, node, at, amount, asked, windows, hold, expires_at, used, remaining, overdraft,
  late, command, method, idempotency_key, metadata, version FROM entries WHERE ",
            $condition
        )
    };
}

const BY_COMMAND: &str = select!("tree = ?1 AND command = ?2");
const BY_KEY: &str = select!("node = ?1 AND method = ?2 AND idempotency_key = ?3");
const OF_TREE: &str = select!("tree = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3");
const VERSION: &str = "SELECT version FROM entries WHERE node = ?1 AND method = ?2 AND idempotency_key = ?3";
const INSERT: &str =
    "INSERT OR ROLLBACK INTO entries (tree, seq, kind, node, at, amount, asked, windows, hold, expires_at, used,
  remaining, overdraft, late, command, method, idempotency_key, metadata, version)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)";

fn entry_of(row: &SqlRow<'_>) -> Result<EntryRow> {
    let method: Option<String> = row.get(15)?;
    let key: Option<String> = row.get(16)?;
    Ok(EntryRow {
        tree: row.get(0)?,
        seq: row.get(1)?,
        entry_kind: row.get(2)?,
        node: row.get(3)?,
        at: row.get(4)?,
        amount_microcents: row.get(5)?,
        asked_microcents: row.get(6)?,
        windows: lists::numbers_of(&row.get::<_, String>(7)?)?,
        hold: row.get(8)?,
        expires_at: row.get(9)?,
        used_microcents: row.get(10)?,
        remaining_microcents: row.get(11)?,
        overdraft_microcents: row.get(12)?,
        late: row.get(13)?,
        command: row.get(14)?,
        idempotency: method.zip(key).map(|(method, key)| Idempotency { method, key }),
        metadata: row.get(17)?,
        version: row.get(18)?,
    })
}

/// An entry by the id of its command.
pub fn by_command(connection: &Connection, tree: i64, command: &str) -> Result<Option<EntryRow>> {
    connection.prepare_cached(BY_COMMAND)?.query_row(params![tree, command], entry_of).optional()
}

/// An entry by its idempotency key.
pub fn by_key(connection: &Connection, key: &KeyRef) -> Result<Option<EntryRow>> {
    connection.prepare_cached(BY_KEY)?.query_row(params![key.node, key.method, key.key], entry_of).optional()
}

/// The version of the entry that has an idempotency key.
pub fn version(connection: &Connection, key: &KeyRef) -> Result<Option<i64>> {
    let mut statement = connection.prepare_cached(VERSION)?;
    statement.query_row(params![key.node, key.method, key.key], |row| row.get(0)).optional()
}

/// Adds an entry.
pub fn put(connection: &Connection, entry: &EntryRow, version: i64) -> Result<()> {
    connection.prepare_cached(INSERT)?.execute(params![
        entry.tree,
        entry.seq,
        entry.entry_kind,
        entry.node,
        entry.at,
        entry.amount_microcents,
        entry.asked_microcents,
        lists::json_of(&entry.windows),
        entry.hold,
        entry.expires_at,
        entry.used_microcents,
        entry.remaining_microcents,
        entry.overdraft_microcents,
        entry.late,
        entry.command,
        entry.idempotency.as_ref().map(|one| &one.method),
        entry.idempotency.as_ref().map(|one| &one.key),
        entry.metadata,
        version,
    ])?;
    Ok(())
}

/// A page of a tree's entries, by `seq`.
pub fn page(connection: &Connection, tree: i64, after: i64, limit: i64) -> Result<Vec<EntryRow>> {
    connection.prepare_cached(OF_TREE)?.query_map(params![tree, after, limit], entry_of)?.collect()
}
