//! The commands of a ledger.

use super::row::{Grant, HoldHandle, NodeHandle, NodeId};
use crate::amount::Microcents;
use crate::window::WindowRule;

/// The shortest and longest time to live of a hold, in ms: 1 s to 30 days.
pub const TTL_RANGE_MS: core::ops::RangeInclusive<i64> = 1_000..=30 * 86_400_000;

/// One thing to decide. Amounts are already within range; a cost is what is to be charged, `asked`
/// what the caller said before rounding.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// May this node be used now, and what is left of its own budget? Writes nothing.
    Validate {
        /// The node.
        node: NodeHandle,
    },
    /// The budgets of the chain, root first, and the one that binds. Writes nothing.
    Budgets {
        /// The node.
        node: NodeHandle,
    },
    /// Spend at once. Expiry does not refuse: started work must be paid.
    Charge {
        /// The node.
        node: NodeHandle,
        /// What to charge, above 0.
        cost: Microcents,
        /// What the caller asked.
        asked: Microcents,
        /// Record it even where it breaks a cap, for work that has already happened.
        overdraft: bool,
    },
    /// Set money aside.
    Reserve {
        /// The node.
        node: NodeHandle,
        /// What to hold, from 0.
        cost: Microcents,
        /// What the caller asked.
        asked: Microcents,
        /// Hold what is left instead, down to this.
        at_least: Option<Microcents>,
        /// Whether a partial hold is rounded down to whole cents.
        whole_cents: bool,
        /// How long it holds before it expires, in ms, within [`TTL_RANGE_MS`].
        ttl_ms: i64,
    },
    /// Charge what a hold was for and free the rest; after its end still charge, in full.
    Settle {
        /// The hold.
        hold: HoldHandle,
        /// What to charge, from 0.
        cost: Microcents,
        /// What the caller asked.
        asked: Microcents,
    },
    /// Give a hold back.
    Release {
        /// The hold.
        hold: HoldHandle,
    },
    /// Give an open hold more time, or another amount.
    Extend {
        /// The hold.
        hold: HoldHandle,
        /// The time to live from now, in ms; never shortens. `None` leaves the expiry.
        ttl_ms: Option<i64>,
        /// The amount from now on. `None` leaves it.
        cost: Option<Microcents>,
    },
    /// Add a node below `parent`, or a root.
    Mint {
        /// Its new id.
        id: NodeId,
        /// The node above; `None` makes a root.
        parent: Option<NodeHandle>,
        /// What is asked for.
        grant: Grant,
        /// The cap asked for.
        cap: Option<Microcents>,
        /// The windows asked for, anchored now unless said otherwise.
        rule: Option<WindowRule>,
        /// What to do with more than the parent has.
        on_exceed: OnExceed,
    },
    /// Revoke a node; everything below it is revoked with it, at read.
    Revoke {
        /// The node.
        node: NodeHandle,
    },
    /// Change a node's cap or windows; spent and holds stay.
    SetBudget {
        /// The node.
        node: NodeHandle,
        /// The new cap; `None` leaves it, `Some(None)` removes it.
        cap: Option<Option<Microcents>>,
        /// The new windows; `None` leaves them, `Some(None)` is one window for ever.
        rule: Option<Option<WindowRule>>,
    },
    /// Note a use and roll the windows that are due. Writes rows but no entry.
    Touch {
        /// The node.
        node: NodeHandle,
    },
    /// Take in what somebody else wrote into the columns that people see.
    Adjust {
        /// The node.
        node: NodeHandle,
        /// What they say is used, in whole cents.
        used_cents: i64,
        /// What they say is the end of the window, in ms.
        reset_at_ms: Option<i64>,
    },
}

/// What a mint does with a request for more than the parent has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnExceed {
    /// Give what the parent has, and say so.
    Clamp,
    /// Refuse.
    Reject,
}
