//! The rows that a ledger decides from and asks its host to commit.
//!
//! They are numbers only. Text (hashes, subjects, names, hold ids, metadata) never decides money,
//! so the host keeps it beside the row; a scope crosses once and is a number from then on.

use super::windows::Windows;
use crate::amount::Microcents;
use crate::window::WindowRule;

/// A node's id: positive, never used twice in a store. A tree has the id of its root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u64);

/// The slot of a resident node. It stands until its tree is forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeHandle(pub u32);

/// The slot of a resident hold. It stands until the hold or its tree is forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HoldHandle(pub u32);

/// The host's number for a scope's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeId(pub u32);

/// The scope `admin`, which grants every scope. Hosts give its text this number.
pub const ADMIN_SCOPE: ScopeId = ScopeId(0);

/// A key or subject in a tree. The parent never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeRow {
    /// Its id.
    pub id: NodeId,
    /// The id of the node above; `None` at a root.
    pub parent: Option<NodeId>,
    /// What it was granted at mint.
    pub grant: Grant,
    /// What changes with use.
    pub state: NodeState,
}

/// What a node was granted at mint; it stays as minted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grant {
    /// Its scopes in the order given; `None` grants all.
    pub scopes: Option<Vec<ScopeId>>,
    /// The instant from which it is expired, in ms.
    pub expires_at_ms: Option<i64>,
}

/// The part of a node that commands change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeState {
    /// When it was revoked, in ms.
    pub revoked_at_ms: Option<i64>,
    /// When somebody last used it, in ms, to within five minutes.
    pub last_used_at_ms: Option<i64>,
    /// Its budget.
    pub budget: Budget,
    /// The `seq` of the last entry that touched it.
    pub true_to_seq: u64,
    /// What only a root carries, for its whole tree.
    pub root: Option<RootState>,
}

/// What the root carries for its tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RootState {
    /// How many entries the tree has: the last one's `seq`. No gaps.
    pub seq: u64,
    /// The greatest `now` committed, in ms: time never goes back inside a tree.
    pub greatest_now_ms: i64,
}

/// A node's cap, its window and what counts in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// The most that may be spent and held in one window; `None` is no cap of its own.
    pub cap: Option<Microcents>,
    /// The rule of its windows; `None` is one window for ever.
    pub rule: Option<WindowRule>,
    /// The ordinal of the current window; only a roll raises it.
    pub window: u64,
    /// The first instant of the current window, in ms.
    pub window_start_ms: i64,
    /// The first instant of the next window, in ms. Stored, so that it decides for everybody.
    pub reset_at_ms: Option<i64>,
    /// Charged in the current window, over the whole subtree.
    pub spent: Microcents,
    /// Held in the current window, over the whole subtree, by expiry, soonest first.
    pub buckets: Vec<Bucket>,
}

/// The sum of the holds that expire at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// The instant from which these holds no longer count, in ms.
    pub expires_at_ms: i64,
    /// Their sum; never zero.
    pub held: Microcents,
}

/// A reservation: it counts in every bucket of its chain until settled, released or expired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldRow {
    /// The node that reserved.
    pub node: NodeId,
    /// What it holds.
    pub amount: Microcents,
    /// When it was reserved, in ms.
    pub created_at_ms: i64,
    /// The instant from which it no longer counts, in ms, on the expiry grid.
    pub expires_at_ms: i64,
    /// The window of each chain node, root first, in which it counts.
    pub windows: Windows,
    /// Whether it was ended by a command. Expiry is not an end: it follows from the time.
    pub end: HoldEnd,
}

/// How a hold was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldEnd {
    /// It was not: it counts until it expires.
    Open,
    /// Its money was given back.
    Released {
        /// When, in ms.
        at_ms: i64,
    },
    /// What it was for has been charged.
    Settled {
        /// When, in ms.
        at_ms: i64,
        /// The charge and how it fitted.
        answer: Settled,
    },
}

/// The answer of a settle, kept so that a repeat gives it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// What was charged.
    pub cost: Microcents,
    /// The most, over the chain, by which the charge raised `max(0, spent + held − cap)`.
    pub overdraft: Microcents,
    /// Whether the hold had been released or had expired.
    pub late: bool,
}

/// What an accepted command leaves in the append-only ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryRow {
    /// Its place in its tree: 1, 2, 3, … without gaps.
    pub seq: u64,
    /// What happened.
    pub kind: EntryKind,
    /// The node it happened to.
    pub node: NodeId,
    /// The tree's time of the decision, in ms.
    pub at_ms: i64,
    /// What was charged (charge, settle), is held from now on (reserve, extend), was given back
    /// (release), is the new cap (mint, set_budget; 0 if none), or was found changed (adjust: more
    /// counts on the whole chain, less on this node alone).
    pub amount: Microcents,
    /// The amount as the caller asked it, before rounding: what idempotency compares.
    pub asked: Microcents,
    /// The window of each chain node, root first, in which `amount` counts.
    pub windows: Windows,
    /// The hold that it reserved, settled, released or extended.
    pub hold: Option<HoldHandle>,
    /// The expiry of the hold afterwards, in ms (reserve, extend).
    pub expires_at_ms: Option<i64>,
    /// The node's own spent afterwards, for a replay.
    pub used: Microcents,
    /// The node's own remaining afterwards, never below 0; `None` without a cap.
    pub remaining: Option<Microcents>,
    /// The most, over the chain, by which it raised `max(0, spent + held − cap)`.
    pub overdraft: Microcents,
    /// A settle of a hold that had been released or had expired.
    pub late: bool,
}

/// The kinds of entry, with the numbers they have outside the core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum EntryKind {
    /// Money spent at once.
    Charge = 1,
    /// Money set aside.
    Reserve = 2,
    /// A hold turned into a charge.
    Settle = 3,
    /// A hold given back.
    Release = 4,
    /// A hold's time or amount changed.
    Extend = 5,
    /// A node added.
    Mint = 6,
    /// A node revoked.
    Revoke = 7,
    /// A node's cap or windows changed.
    SetBudget = 8,
    /// What somebody else wrote into the row, taken in.
    Adjust = 9,
}
