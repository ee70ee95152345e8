//! Holds.

use rusqlite::{Connection, OptionalExtension, Result, Row as SqlRow, params};

use crate::lists;
use crate::rows::{HoldRow, Settled};

const BY_ID: &str = "SELECT id, tree, node, amount, created_at, expires_at, windows, state, ended_at, settled_cost,
  settled_overdraft, settled_late, version FROM holds WHERE id = ?1";

// `OR ROLLBACK`, since each statement that can end without it keeps a copy of every page that it changes. Not where two
// arms of one statement would need it: an `ON CONFLICT DO UPDATE` has its own.
const INSERT: &str = "INSERT OR ROLLBACK INTO holds (id, tree, node, amount, created_at, expires_at, windows, state,
  ended_at, settled_cost, settled_overdraft, settled_late, version)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";

// Numbered as in `INSERT`: what a hold is of and when it was made are bound, and stay as they were.
const UPDATE: &str =
    "UPDATE OR ROLLBACK holds SET amount = ?4, expires_at = ?6, windows = ?7, state = ?8, ended_at = ?9,
  settled_cost = ?10, settled_overdraft = ?11, settled_late = ?12, version = ?13 WHERE id = ?1";

fn hold_of(row: &SqlRow<'_>) -> Result<HoldRow> {
    let cost: Option<i64> = row.get(9)?;
    let settled = match cost {
        None => None,
        Some(cost_microcents) => Some(Settled {
            cost_microcents,
            overdraft_microcents: row.get::<_, Option<i64>>(10)?.unwrap_or(0),
            late: row.get::<_, Option<bool>>(11)?.unwrap_or(false),
        }),
    };
    Ok(HoldRow {
        id: row.get(0)?,
        tree: row.get(1)?,
        node: row.get(2)?,
        amount_microcents: row.get(3)?,
        created_at: row.get(4)?,
        expires_at: row.get(5)?,
        windows: lists::numbers_of(&row.get::<_, String>(6)?)?,
        state: row.get(7)?,
        ended_at: row.get(8)?,
        settled,
        version: row.get(12)?,
    })
}

/// A hold by its id.
pub fn find(connection: &Connection, id: &str) -> Result<Option<HoldRow>> {
    connection.prepare_cached(BY_ID)?.query_row([id], hold_of).optional()
}

/// The version of a hold.
pub fn version(connection: &Connection, id: &str) -> Result<Option<i64>> {
    connection.prepare_cached("SELECT version FROM holds WHERE id = ?1")?.query_row([id], |row| row.get(0)).optional()
}

/// Writes a hold under a new version.
pub fn put(connection: &Connection, hold: &HoldRow, is_new: bool, version: i64) -> Result<()> {
    connection.prepare_cached(if is_new { INSERT } else { UPDATE })?.execute(params![
        hold.id,
        hold.tree,
        hold.node,
        hold.amount_microcents,
        hold.created_at,
        hold.expires_at,
        lists::json_of(&hold.windows),
        hold.state,
        hold.ended_at,
        hold.settled.map(|settled| settled.cost_microcents),
        hold.settled.map(|settled| settled.overdraft_microcents),
        hold.settled.map(|settled| settled.late),
        version,
    ])?;
    Ok(())
}
