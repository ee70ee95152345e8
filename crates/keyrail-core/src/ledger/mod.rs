//! The resident ledger: a deterministic state machine over rows.
//!
//! A host loads the rows of a chain, root first, and gives commands. Each is decided at once, on
//! top of what earlier commands of the same tree changed; [`Ledger::changes`] then tells what must
//! be committed, all or nothing, for every answer of that tree to be true. The host commits it and
//! says [`Ledger::accept`], or the store refused it and the host says [`Ledger::reject`], loads
//! what came back and decides again. Time and ids come in as arguments; no map is iterated whose
//! order is not fixed.
//!
//! INVARIANT (promise 1): no accepted charge, reserve or extend leaves `spent + held > cap` on any
//! node of its chain; `admission.rs` is the one place that lets money in.
//! INVARIANT (promise 4): every accepted command writes exactly one entry; an entry's `seq` is the
//! root's counter.

mod adjust;
mod admission;
mod batch;
mod books;
mod chain;
mod charge;
mod command;
mod extend;
mod grant;
mod grid;
mod hold;
mod ids;
mod mint;
mod operate;
mod outcome;
mod port;
mod row;
mod slab;
mod validate;
mod view;
mod windows;

pub use batch::Changes;
pub use chain::{CHAIN_MAX, LoadError};
pub use command::{Command, OnExceed, TTL_RANGE_MS};
pub use grid::expiry_on_grid;
pub use outcome::{BudgetView, Clamped, HoldView, Minted, Outcome, Reason, Refusal};
pub use port::{Port, PortError};
pub use row::{
    ADMIN_SCOPE, Bucket, Budget, EntryKind, EntryRow, Grant, HoldEnd, HoldHandle, HoldRow, NodeHandle, NodeId, NodeRow,
    NodeState, RootState, ScopeId, Settled,
};
pub use windows::Windows;

use batch::Batch;
use ids::Ids;
use slab::Slab;

/// A row named by a command is not resident: the host reads its chain, loads it and asks again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// No node has this handle.
    Node(NodeHandle),
    /// No hold has this handle.
    Hold(HoldHandle),
}

/// The resident rows and the undecided changes of their trees.
#[derive(Debug, Default)]
pub struct Ledger {
    nodes: Slab<Node>,
    holds: Slab<Hold>,
    /// Where a loaded row finds its parent and its earlier self.
    ids: Ids,
    /// Ended batches, empty: the next ones use their room again.
    #[allow(clippy::vec_box, reason = "they go from here into a node, where most have none")]
    spares: Vec<Box<Batch>>,
    /// How many entries were ever appended, so that a host can tell whether a command wrote one.
    appended: u64,
}

/// A resident node.
#[derive(Debug)]
struct Node {
    row: NodeRow,
    parent: Option<NodeHandle>,
    root: NodeHandle,
    /// Levels below the root.
    depth: usize,
    /// Whether the open batch has kept its state, to go back to if it is rejected.
    is_saved: bool,
    /// Whether the open batch has read it.
    is_read: bool,
    /// On a root: what its tree's commands have read and changed since the last accept or reject.
    batch: Option<Box<Batch>>,
}

/// A resident hold.
#[derive(Debug)]
struct Hold {
    row: HoldRow,
    node: NodeHandle,
    /// Whether the open batch has kept its row, to go back to if it is rejected.
    is_saved: bool,
    /// Whether the open batch has read it.
    is_read: bool,
}

impl Ledger {
    /// A ledger without rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many entries were ever appended here, committed or not.
    pub fn appended(&self) -> u64 {
        self.appended
    }

    /// Decides one command at the host's time `now_ms`, or at the tree's greatest time if that is
    /// later.
    pub fn decide(&mut self, now_ms: i64, command: &Command) -> Result<Outcome, Missing> {
        match *command {
            Command::Validate { node } => self.validate(now_ms, node),
            Command::Budgets { node } => self.budgets(now_ms, node),
            Command::Charge { node, cost, asked, overdraft } => {
                self.charge(now_ms, node, charge::Charge { cost, asked, overdraft })
            }
            Command::Reserve { node, cost, asked, at_least, whole_cents, ttl_ms } => {
                self.reserve(now_ms, node, hold::Reserve { cost, asked, at_least, whole_cents, ttl_ms })
            }
            Command::Settle { hold, cost, asked } => self.settle(now_ms, hold, cost, asked),
            Command::Release { hold } => self.release(now_ms, hold),
            Command::Extend { hold, ttl_ms, cost } => self.extend(now_ms, hold, ttl_ms, cost),
            Command::Mint { id, parent, ref grant, cap, rule, on_exceed } => {
                self.mint(now_ms, mint::Mint { id, parent, grant, cap, rule, on_exceed })
            }
            Command::Revoke { node } => self.revoke(now_ms, node),
            Command::SetBudget { node, cap, rule } => self.set_budget(now_ms, node, cap, rule),
            Command::Touch { node } => self.touch(now_ms, node),
            Command::Adjust { node, used_cents, reset_at_ms } => {
                self.adjust(now_ms, node, adjust::Edit { used_cents, reset_at_ms })
            }
        }
    }

    /// The answer that an earlier entry gave: for a repeated idempotency key, and for a commit
    /// whose outcome was unknown. With `asked`, another amount is refused. A hold is shown as it
    /// stands at `now_ms`. A host answers for a mint or a changed budget from the row itself.
    pub fn replay(
        &self,
        now_ms: i64,
        entry: &EntryRow,
        asked: Option<crate::amount::Microcents>,
    ) -> Result<Outcome, Missing> {
        if asked.is_some_and(|asked| asked != entry.asked) {
            return Ok(refuse(Reason::IdempotencyKeyReused));
        }
        Ok(match (entry.kind, entry.hold) {
            (EntryKind::Settle, _) => {
                Outcome::Settled(Settled { cost: entry.amount, overdraft: entry.overdraft, late: entry.late })
            }
            (EntryKind::Release, _) => Outcome::Released { amount: entry.amount },
            (EntryKind::Reserve | EntryKind::Extend, Some(hold)) => Outcome::Held {
                hold: self.hold(hold)?.view(hold, now_ms),
                used: entry.used,
                remaining: entry.remaining,
            },
            (EntryKind::Revoke, _) => Outcome::Revoked(true),
            _ => Outcome::Charged { used: entry.used, remaining: entry.remaining, overdraft: entry.overdraft },
        })
    }
}

/// A refusal without a budget behind it.
fn refuse(reason: Reason) -> Outcome {
    Outcome::Refused(Refusal { reason, binding: None, requested: crate::amount::Microcents::ZERO })
}
