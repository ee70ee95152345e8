//! Commits as a transaction carries them out; `store/contract.ts` says what they mean.

use crate::rows::{Bucket, EntryRow, HoldRow, KeyRef, Root};

/// Rows to be put if every check matches.
#[derive(Clone, Debug, PartialEq)]
pub struct Commit {
    /// Whose rows.
    pub tree: i64,
    /// The latest time of a decision in it, in ms.
    pub now: i64,
    /// Whether that time is the system's, which is compared with ours.
    pub is_system_time: bool,
    /// Names the process.
    pub owner: String,
    /// Whether it keeps the tree for its owner if it is not carried out.
    pub claims: bool,
    /// What must match.
    pub checks: Vec<Check>,
    /// What to put.
    pub puts: Vec<Put>,
}

/// The version that a row must have.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// Which row.
    pub row: RowRef,
    /// Nothing: it must not exist. What is no whole number is a version that no row has.
    pub version: Option<f64>,
}

/// Names one row.
#[derive(Clone, Debug, PartialEq)]
pub enum RowRef {
    /// A node by its id.
    Node(i64),
    /// A hold.
    Hold(String),
    /// An entry by its idempotency key.
    Entry(KeyRef),
}

/// A row to be put.
#[derive(Clone, Debug, PartialEq)]
pub enum Put {
    /// A key or subject.
    Node(Box<NodePut>),
    /// Money set aside.
    Hold(HoldRow),
    /// What happened.
    Entry(Box<EntryRow>),
}

/// A node to be put.
#[derive(Clone, Debug, PartialEq)]
pub struct NodePut {
    /// Its id.
    pub id: i64,
    /// What seldom changes; nothing where the row at the checked version has it already.
    pub identity: Option<NodeIdentity>,
    /// What any charge may change.
    pub state: NodeState,
}

/// Who a node is and where it stands.
#[allow(missing_docs, reason = "the columns are described in store/contract.ts")]
#[derive(Clone, Debug, PartialEq)]
pub struct NodeIdentity {
    pub tree: i64,
    pub parent_id: Option<i64>,
    pub created_at: i64,
    pub path: String,
    pub hash: Option<String>,
    pub subject: Option<String>,
    pub key_prefix: String,
    pub account_id: Option<String>,
    pub user_id: Option<String>,
    pub name: String,
    pub delegated_by: Option<String>,
    pub scopes: Option<Vec<String>>,
}

/// What a node may do and has done. Times in ms.
#[allow(missing_docs, reason = "the columns are described in store/contract.ts")]
#[derive(Clone, Debug, PartialEq)]
pub struct NodeState {
    pub expires_at: Option<i64>,
    pub revoked_at: Option<i64>,
    pub last_used_at: Option<i64>,
    pub cap_microcents: Option<i64>,
    pub period: Option<String>,
    pub alignment: String,
    pub anchor_at: i64,
    pub window: i64,
    pub window_start: i64,
    pub reset_at: Option<i64>,
    pub spent_microcents: i64,
    pub buckets: Vec<Bucket>,
    pub true_to_seq: i64,
    pub root: Option<Root>,
}
