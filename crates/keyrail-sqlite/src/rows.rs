//! The contract's rows and names as they cross the boundary; `store/contract.ts` says what they mean.

use serde::{Deserialize, Serialize};

/// Money held until one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Bucket {
    /// The instant from which it no longer counts, in ms.
    pub expires_at: i64,
    /// How much.
    pub held_microcents: i64,
}

/// What only a root has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Root {
    /// The tree's entry counter.
    pub seq: i64,
    /// The greatest time committed in the tree, in ms.
    pub greatest_now: i64,
}

/// The columns that people see, where they are not what was last put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Edit {
    /// What is used, in whole cents.
    pub used_cents: i64,
    /// The end of the window, in ms.
    pub reset_at: Option<i64>,
}

/// A key or subject, its grant and its budget. Times in ms.
#[allow(missing_docs, reason = "the columns are described in store/contract.ts")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeRow {
    pub id: i64,
    pub tree: i64,
    pub parent_id: Option<i64>,
    pub path: String,
    pub hash: Option<String>,
    pub subject: Option<String>,
    pub key_prefix: String,
    pub account_id: Option<String>,
    pub user_id: Option<String>,
    pub name: String,
    pub delegated_by: Option<String>,
    pub scopes: Option<Vec<String>>,
    pub created_at: i64,
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
    pub edited: Option<Edit>,
    pub version: i64,
}

/// How a hold was settled.
#[allow(missing_docs, reason = "the columns are described in store/contract.ts")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Settled {
    pub cost_microcents: i64,
    pub overdraft_microcents: i64,
    pub late: bool,
}

/// Money set aside.
#[allow(missing_docs, reason = "the columns are described in store/contract.ts")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HoldRow {
    pub id: String,
    pub tree: i64,
    pub node: i64,
    pub amount_microcents: i64,
    pub created_at: i64,
    pub expires_at: i64,
    pub windows: Vec<i64>,
    pub state: String,
    pub ended_at: Option<i64>,
    pub settled: Option<Settled>,
    pub version: i64,
}

/// The idempotency key of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Idempotency {
    /// Of a charge or of a reserve.
    pub method: String,
    /// As the caller gave it.
    pub key: String,
}

/// What an accepted command leaves in the ledger.
#[allow(missing_docs, reason = "the columns are described in store/contract.ts")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EntryRow {
    pub tree: i64,
    pub seq: i64,
    pub entry_kind: String,
    pub node: i64,
    pub at: i64,
    pub amount_microcents: i64,
    pub asked_microcents: i64,
    pub windows: Vec<i64>,
    pub hold: Option<String>,
    pub expires_at: Option<i64>,
    pub used_microcents: i64,
    pub remaining_microcents: Option<i64>,
    pub overdraft_microcents: i64,
    pub late: bool,
    pub command: String,
    pub idempotency: Option<Idempotency>,
    /// Its JSON as text: numbers in it come back as they were written.
    pub metadata: Option<String>,
    pub version: i64,
}

/// A row of any kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Row {
    /// A key or subject.
    Node(Box<NodeRow>),
    /// Money set aside.
    Hold(HoldRow),
    /// What happened.
    Entry(Box<EntryRow>),
}

/// An entry by its idempotency key.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct KeyRef {
    /// The node that was charged.
    pub node: i64,
    /// Of a charge or of a reserve.
    pub method: String,
    /// As the caller gave it.
    pub key: String,
}

/// An entry by its command, or by an idempotency key.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum EntryRef {
    /// By the id of its command.
    Command {
        /// The tree that it is in.
        tree: i64,
        /// The id.
        command: String,
    },
    /// By an idempotency key.
    Key(KeyRef),
}

/// What to read.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ref {
    /// A node by the hash of its secret.
    Hash(String),
    /// A node by the identity bound to it.
    Subject(String),
    /// A node by its id.
    Id(i64),
    /// A hold.
    Hold(String),
    /// An entry.
    Entry(EntryRef),
    /// A name that no column can hold, and so nobody has.
    Nothing,
}

/// What became of a commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum CommitResult {
    /// Carried out.
    Done {
        /// Always true.
        ok: bool,
        /// The new version of each put.
        versions: Vec<i64>,
    },
    /// A check failed or a name is taken.
    Refused {
        /// Always false.
        ok: bool,
        /// The rows behind that.
        rows: Vec<Row>,
    },
    /// Somebody else keeps the tree or the file.
    Busy {
        /// Always false.
        ok: bool,
        /// Always true.
        busy: bool,
    },
    /// Its time is too far from ours.
    #[serde(rename_all = "camelCase")]
    ClockOff {
        /// Always false.
        ok: bool,
        /// Always true.
        clock_off: bool,
    },
}

impl CommitResult {
    /// Somebody else keeps the tree or the file.
    pub const BUSY: Self = Self::Busy { ok: false, busy: true };
    /// Its time is too far from ours.
    pub const CLOCK_OFF: Self = Self::ClockOff { ok: false, clock_off: true };
}

/// What to list.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ListQuery {
    /// A node and what is below it.
    Subtree {
        /// Its tree.
        tree: i64,
        /// Its path.
        path: String,
    },
    /// The nodes of an account.
    Account(String),
    /// The entries of a tree.
    Entries {
        /// Which.
        tree: i64,
    },
}
