//! Reads: the chain of each name, root first, then the hold or entry that was named.

use rusqlite::{Connection, Result};

use crate::rows::{EntryRef, EntryRow, HoldRow, ListQuery, NodeRow, Ref, Row};
use crate::{entries, holds, nodes};

/// The rows behind each name, all as of one instant.
pub fn chains(connection: &Connection, refs: &[Ref]) -> Result<Vec<Vec<Row>>> {
    let snapshot = connection.unchecked_transaction()?;
    let chains = refs.iter().map(|name| rows_of(&snapshot, name)).collect();
    snapshot.commit()?;
    chains
}

fn rows_of(connection: &Connection, name: &Ref) -> Result<Vec<Row>> {
    match name {
        Ref::Hash(hash) => chain_of(connection, nodes::find(connection, nodes::BY_HASH, hash)?),
        Ref::Subject(subject) => chain_of(connection, nodes::find(connection, nodes::BY_SUBJECT, subject)?),
        Ref::Id(id) => chain_of(connection, nodes::find(connection, nodes::BY_ID, id)?),
        Ref::Hold(id) => match holds::find(connection, id)? {
            Some(hold) => with_chain(connection, hold.node, Some(hold), None),
            None => Ok(Vec::new()),
        },
        Ref::Entry(name) => {
            let entry = match name {
                EntryRef::Command { tree, command } => entries::by_command(connection, *tree, command)?,
                EntryRef::Key(key) => entries::by_key(connection, key)?,
            };
            let Some(entry) = entry else { return Ok(Vec::new()) };
            let hold = entry.hold.as_deref().map(|id| holds::find(connection, id)).transpose()?.flatten();
            with_chain(connection, entry.node, hold, Some(entry))
        }
        Ref::Nothing => Ok(Vec::new()),
    }
}

fn with_chain(connection: &Connection, node: i64, hold: Option<HoldRow>, entry: Option<EntryRow>) -> Result<Vec<Row>> {
    let mut rows = chain_of(connection, nodes::find(connection, nodes::BY_ID, node)?)?;
    rows.extend(hold.map(Row::Hold));
    rows.extend(entry.map(|entry| Row::Entry(Box::new(entry))));
    Ok(rows)
}

/// A node below its ancestors; a missing one leaves a gap that the reader sees.
fn chain_of(connection: &Connection, node: Option<NodeRow>) -> Result<Vec<Row>> {
    let Some(node) = node else { return Ok(Vec::new()) };
    let mut rows = Vec::new();
    for id in node.path.split('/').filter_map(|id| id.parse::<i64>().ok()).filter(|id| *id != node.id) {
        rows.extend(nodes::find(connection, nodes::BY_ID, id)?.map(row_of));
    }
    rows.push(row_of(node));
    Ok(rows)
}

/// A node as a row of any kind.
pub fn row_of(node: NodeRow) -> Row {
    Row::Node(Box::new(node))
}

/// A page of a listing: the rows behind `after`, `limit` at most.
pub fn page(connection: &Connection, query: &ListQuery, after: i64, limit: i64) -> Result<Vec<Row>> {
    let found = match query {
        ListQuery::Entries { tree } => {
            let entries = entries::page(connection, *tree, after, limit)?;
            return Ok(entries.into_iter().map(|entry| Row::Entry(Box::new(entry))).collect());
        }
        ListQuery::Account(account) => nodes::page(connection, nodes::OF_ACCOUNT, (account, after, limit))?,
        ListQuery::Subtree { tree, path } => nodes::page(connection, nodes::OF_SUBTREE, (tree, after, limit, path))?,
    };
    Ok(found.into_iter().map(row_of).collect())
}
