//! Nodes in the table of keys: what people may edit stands beside what is exact.

use rusqlite::{Connection, OptionalExtension, Params, Result, Row as SqlRow, ToSql, params};

use crate::commits::{NodeIdentity, NodePut};
use crate::lists;
use crate::rows::{Bucket, Edit, NodeRow, Root};

const MICROCENTS_PER_CENT: i64 = 1_000_000;
/// The whole cents whose microcents are still a number of JavaScript.
const CENTS_MAX: i64 = 9_007_199_254;
const NUMBER_MAX: i64 = 9_007_199_254_740_991;

macro_rules! select {
    ($condition:literal) => {
        concat!(
            "SELECT id, account_id, key_hash, key_prefix, name, created_at, last_used_at, revoked_at, user_id, scopes,
  budget_cents, budget_used_cents, budget_period, budget_reset_at, expires_at, delegated_by, external_subject,
  keyrail_tree, keyrail_parent, keyrail_path, keyrail_cap, keyrail_spent, keyrail_alignment, keyrail_anchor_at,
  keyrail_window, keyrail_window_start, keyrail_reset_at, keyrail_buckets, keyrail_true_to_seq, keyrail_seq,
  keyrail_now, version FROM keys WHERE ",
            $condition
        )
    };
}

/// A node by its id.
pub const BY_ID: &str = select!("id = ?1");
/// A node by the hash of its secret.
pub const BY_HASH: &str = select!("key_hash = ?1");
/// A node by the identity bound to it.
pub const BY_SUBJECT: &str = select!("external_subject = ?1");
/// A page of an account.
pub const OF_ACCOUNT: &str = select!("account_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3");
/// A page of a subtree. Paths are compared to the byte, and nothing in them is a pattern.
pub const OF_SUBTREE: &str = select!(
    "(keyrail_tree = ?1 OR (id = ?1 AND keyrail_tree IS NULL)) AND id > ?2
  AND (coalesce(keyrail_path, id) = ?4 OR substr(keyrail_path, 1, length(?4) + 1) = ?4 || '/') ORDER BY id LIMIT ?3"
);

const INSERT: &str = "INSERT INTO keys (id, account_id, key_hash, key_prefix, name, created_at, user_id, scopes,
  delegated_by, external_subject, keyrail_tree, keyrail_parent, keyrail_path, version)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";

/// What seldom changes and is indexed: written only where it differs.
const UPDATE_IDENTITY: &str =
    "UPDATE keys SET account_id = ?2, key_hash = ?3, key_prefix = ?4, name = ?5, user_id = ?6,
  scopes = ?7, delegated_by = ?8, external_subject = ?9, keyrail_tree = ?10, keyrail_parent = ?11, keyrail_path = ?12,
  version = ?13 WHERE id = ?1 AND (account_id IS NOT ?2 OR key_hash IS NOT ?3 OR key_prefix IS NOT ?4 OR name IS NOT ?5
  OR user_id IS NOT ?6 OR scopes IS NOT ?7 OR delegated_by IS NOT ?8 OR external_subject IS NOT ?9
  OR keyrail_tree IS NOT ?10 OR keyrail_parent IS NOT ?11 OR keyrail_path IS NOT ?12)";

const UPDATE_STATE: &str = "UPDATE keys SET last_used_at = ?2, revoked_at = ?3, expires_at = ?4, budget_cents = ?5,
  budget_used_cents = ?6, budget_period = ?7, budget_reset_at = ?8, keyrail_cap = ?9, keyrail_spent = ?10,
  keyrail_alignment = ?11, keyrail_anchor_at = ?12, keyrail_window = ?13, keyrail_window_start = ?14,
  keyrail_reset_at = ?15, keyrail_buckets = ?16, keyrail_true_to_seq = ?17, keyrail_seq = ?18, keyrail_now = ?19,
  version = ?20 WHERE id = ?1";

/// The whole cents that are shown of an exact amount.
fn shown_cents(microcents: i64) -> i64 {
    microcents.div_euclid(MICROCENTS_PER_CENT)
}

/// An amount that somebody else wrote, as far as it is one.
fn cents(written: i64) -> i64 {
    written.clamp(-CENTS_MAX, CENTS_MAX)
}

/// An instant that somebody else wrote.
fn instant(written: i64) -> i64 {
    written.clamp(-NUMBER_MAX, NUMBER_MAX)
}

/// The exact cap: the cents that anybody may edit win over what lies beside them.
fn cap(shown: Option<i64>, exact: Option<i64>) -> Option<i64> {
    let shown = shown?;
    match exact {
        Some(exact) if shown_cents(exact) == shown => Some(exact),
        _ => Some(cents(shown).max(0) * MICROCENTS_PER_CENT),
    }
}

fn node_of(row: &SqlRow<'_>) -> Result<NodeRow> {
    let id: i64 = row.get(0)?;
    let created_at = instant(row.get(5)?);
    let used: i64 = row.get(11)?;
    let shown_reset: Option<i64> = row.get::<_, Option<i64>>(13)?.map(instant);
    let tree: Option<i64> = row.get(17)?;
    let parent_id: Option<i64> = row.get(18)?;
    let spent: Option<i64> = row.get(21)?;
    let reset_at: Option<i64> = if tree.is_some() { row.get(26)? } else { shown_reset };
    let is_edited = spent.is_some_and(|spent| shown_cents(spent) != used) || reset_at != shown_reset;
    let root = Root {
        seq: row.get::<_, Option<i64>>(29)?.unwrap_or(0),
        greatest_now: row.get::<_, Option<i64>>(30)?.unwrap_or(0),
    };
    Ok(NodeRow {
        id,
        tree: tree.unwrap_or(id),
        parent_id,
        path: row.get::<_, Option<String>>(19)?.unwrap_or_else(|| id.to_string()),
        hash: row.get(2)?,
        subject: row.get(16)?,
        key_prefix: row.get(3)?,
        account_id: row.get(1)?,
        user_id: row.get(8)?,
        name: row.get(4)?,
        delegated_by: row.get(15)?,
        scopes: row.get::<_, Option<String>>(9)?.map(|text| texts_of(&text)),
        created_at,
        expires_at: row.get::<_, Option<i64>>(14)?.map(instant),
        revoked_at: row.get::<_, Option<i64>>(7)?.map(instant),
        last_used_at: row.get::<_, Option<i64>>(6)?.map(instant),
        cap_microcents: cap(row.get(10)?, row.get(20)?),
        period: row.get(12)?,
        alignment: row.get::<_, Option<String>>(22)?.unwrap_or_else(|| "anchored".to_owned()),
        anchor_at: row.get::<_, Option<i64>>(23)?.or(reset_at).unwrap_or(created_at),
        window: row.get::<_, Option<i64>>(24)?.unwrap_or(0),
        window_start: row.get::<_, Option<i64>>(25)?.unwrap_or(created_at),
        reset_at,
        spent_microcents: spent.unwrap_or_else(|| cents(used) * MICROCENTS_PER_CENT),
        buckets: buckets_of(row.get::<_, Option<String>>(27)?.as_deref())?,
        true_to_seq: row.get::<_, Option<i64>>(28)?.unwrap_or(0),
        root: parent_id.is_none().then_some(root),
        edited: is_edited.then(|| Edit { used_cents: cents(used), reset_at: shown_reset }),
        version: row.get(31)?,
    })
}

/// Scopes; what is no text among them, written by hand, grants nothing.
fn texts_of(json: &str) -> Vec<String> {
    let values: Vec<serde_json::Value> = serde_json::from_str(json).unwrap_or_default();
    values.into_iter().filter_map(|value| value.as_str().map(str::to_owned)).collect()
}

/// Instant, amount, instant, amount, ….
fn buckets_of(json: Option<&str>) -> Result<Vec<Bucket>> {
    let numbers = lists::numbers_of(json.unwrap_or("[]"))?;
    let mut rest = numbers.into_iter();
    let mut buckets = Vec::new();
    while let (Some(expires_at), Some(held_microcents)) = (rest.next(), rest.next()) {
        buckets.push(Bucket { expires_at, held_microcents });
    }
    Ok(buckets)
}

/// The node that a statement finds.
pub fn find(connection: &Connection, statement: &'static str, key: impl ToSql) -> Result<Option<NodeRow>> {
    connection.prepare_cached(statement)?.query_row([key], node_of).optional()
}

/// The version of a node.
pub fn version(connection: &Connection, id: i64) -> Result<Option<i64>> {
    connection.prepare_cached("SELECT version FROM keys WHERE id = ?1")?.query_row([id], |row| row.get(0)).optional()
}

/// Whoever has a hash or a subject that this node would take.
pub fn clashes(connection: &Connection, node: &NodePut) -> Result<Vec<NodeRow>> {
    let Some(identity) = &node.identity else { return Ok(Vec::new()) };
    let mut owners = Vec::new();
    for (statement, name) in [(BY_HASH, &identity.hash), (BY_SUBJECT, &identity.subject)] {
        let Some(name) = name else { continue };
        owners.extend(find(connection, statement, name)?.filter(|owner| owner.id != node.id));
    }
    Ok(owners)
}

/// Writes a node. `next` gives a version that no row has had. Gives its new one.
pub fn put(connection: &Connection, node: &NodePut, is_new: bool, mut next: impl FnMut() -> i64) -> Result<i64> {
    if let Some(identity) = &node.identity {
        put_identity(connection, node.id, identity, is_new, next())?;
    }
    let state = &node.state;
    let numbers: Vec<i64> =
        state.buckets.iter().flat_map(|bucket| [bucket.expires_at, bucket.held_microcents]).collect();
    // A number of its own: an update that leaves the version as it was is taken for somebody else's.
    let version = next();
    connection.prepare_cached(UPDATE_STATE)?.execute(params![
        node.id,
        state.last_used_at,
        state.revoked_at,
        state.expires_at,
        state.cap_microcents.map(shown_cents),
        shown_cents(state.spent_microcents),
        state.period,
        state.reset_at,
        state.cap_microcents,
        state.spent_microcents,
        state.alignment,
        state.anchor_at,
        state.window,
        state.window_start,
        state.reset_at,
        lists::json_of(&numbers),
        state.true_to_seq,
        state.root.map(|root| root.seq),
        state.root.map(|root| root.greatest_now),
        version,
    ])?;
    Ok(version)
}

fn put_identity(connection: &Connection, id: i64, identity: &NodeIdentity, is_new: bool, version: i64) -> Result<()> {
    let scopes = identity.scopes.as_deref().map(lists::json_of);
    if is_new {
        connection.prepare_cached(INSERT)?.execute(params![
            id,
            identity.account_id,
            identity.hash,
            identity.key_prefix,
            identity.name,
            identity.created_at,
            identity.user_id,
            scopes,
            identity.delegated_by,
            identity.subject,
            identity.tree,
            identity.parent_id,
            identity.path,
            version,
        ])?;
    } else {
        connection.prepare_cached(UPDATE_IDENTITY)?.execute(params![
            id,
            identity.account_id,
            identity.hash,
            identity.key_prefix,
            identity.name,
            identity.user_id,
            scopes,
            identity.delegated_by,
            identity.subject,
            identity.tree,
            identity.parent_id,
            identity.path,
            version,
        ])?;
    }
    Ok(())
}

/// A page of nodes, by id.
pub fn page(connection: &Connection, statement: &'static str, values: impl Params) -> Result<Vec<NodeRow>> {
    connection.prepare_cached(statement)?.query_map(values, node_of)?.collect()
}
