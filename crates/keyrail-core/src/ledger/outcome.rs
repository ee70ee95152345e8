//! What a ledger answers.

use super::row::{HoldEnd, HoldHandle, NodeHandle, NodeId, ScopeId, Settled};
use super::view::Counted;
use crate::amount::Microcents;
use crate::window::Period;

/// Why a command was refused, with the numbers the reasons have outside the core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Reason {
    /// The node itself is revoked.
    Revoked = 1,
    /// A node above is revoked.
    AncestorRevoked = 2,
    /// The node's own expiry has come.
    Expired = 3,
    /// The expiry of a node above has come.
    AncestorExpired = 4,
    /// A budget of the chain is spent, or what is asked does not fit.
    BudgetExceeded = 5,
    /// A charge to a key that is revoked, or under a revoked one.
    InvalidKey = 6,
    /// The books would leave the range of amounts.
    AmountOutOfRange = 7,
    /// The hold has been settled.
    HoldSettled = 8,
    /// The hold has ended.
    HoldExpired = 9,
    /// The time to live is outside 1 s to 30 days.
    InvalidTtl = 10,
    /// A window in which the hold counts has rolled.
    WindowRolled = 11,
    /// The idempotency key came before, with another amount.
    IdempotencyKeyReused = 12,
    /// The tree is as deep as it may be.
    DepthExceeded = 13,
    /// A mint asked for more than the parent has, and was to be refused then.
    GrantExceedsParent = 14,
    /// A negative cost, or an `at_least` above the cost.
    InvalidCost = 15,
}

/// One budget of a chain as it stands at the decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetView {
    /// Whose it is.
    pub node: NodeHandle,
    /// Its cap.
    pub cap: Option<Microcents>,
    /// Charged in the current window.
    pub spent: Microcents,
    /// Held in the current window.
    pub held: Microcents,
    /// Its period.
    pub period: Option<Period>,
    /// The ordinal of the current window.
    pub window: u64,
    /// When the current window began, in ms.
    pub window_start_ms: i64,
    /// When the next one begins, in ms.
    pub reset_at_ms: Option<i64>,
}

impl BudgetView {
    fn counted(&self) -> Counted {
        Counted { cap: self.cap, spent: self.spent, held: self.held }
    }

    /// cap − spent − held, which an operator's cap or an overdraft can take below 0; `None`
    /// without a cap.
    pub fn headroom_microcents(&self) -> Option<i64> {
        self.counted().headroom_microcents()
    }

    /// The headroom shown: never below 0.
    pub fn remaining(&self) -> Option<Microcents> {
        self.counted().remaining()
    }
}

/// A refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub reason: Reason,
    /// The budget with the least remaining over the chain, where a budget is why.
    pub binding: Option<BudgetView>,
    /// What was asked of it.
    pub requested: Microcents,
}

/// What a mint gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Minted {
    /// The new node.
    pub node: NodeHandle,
    /// Its id.
    pub id: NodeId,
    /// Its scopes; `None` grants all.
    pub scopes: Option<Vec<ScopeId>>,
    /// Its cap.
    pub cap: Option<Microcents>,
    /// Its expiry, in ms.
    pub expires_at_ms: Option<i64>,
    /// What was cut down to the parent's.
    pub clamped: Clamped,
}

/// Which parts of a request were cut down to what the parent has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clamped {
    /// Scopes were left out.
    pub scopes: bool,
    /// The cap was lowered.
    pub cap: bool,
    /// The expiry was brought forward.
    pub expires_at: bool,
}

impl Clamped {
    /// Whether anything was cut.
    pub const fn any(self) -> bool {
        self.scopes || self.cap || self.expires_at
    }
}

/// A hold as a command left or found it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HoldView {
    /// Which.
    pub hold: HoldHandle,
    /// What it holds.
    pub amount: Microcents,
    /// When it expires, in ms.
    pub expires_at_ms: i64,
    /// Whether it was ended.
    pub end: HoldEnd,
    /// Whether its time had come at the decision.
    pub expired: bool,
}

/// An answer. All of them are true only if the tree's changes are committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The command was refused and wrote nothing.
    Refused(Refusal),
    /// The node may be used.
    Valid {
        /// Its own budget.
        budget: BudgetView,
        /// The scopes it has over its chain; `None` is all.
        scopes: Option<Vec<ScopeId>>,
        /// The soonest expiry of its chain, in ms.
        expires_at_ms: Option<i64>,
        /// Whether a `Touch` is due: the last use is five minutes old, or a window must roll.
        touch_due: bool,
    },
    /// The budgets of the chain, root first, and the place of the one that binds.
    Budgets {
        /// One view a node.
        chain: Vec<BudgetView>,
        /// The place in `chain` of the least remaining; `None` without any cap.
        binding: Option<usize>,
    },
    /// Spent.
    Charged {
        /// The node's own spent afterwards.
        used: Microcents,
        /// The node's own remaining afterwards.
        remaining: Option<Microcents>,
        /// By how much a cap was broken, where that was asked for.
        overdraft: Microcents,
    },
    /// Set aside, or a hold's time or amount changed.
    Held {
        /// The hold.
        hold: HoldView,
        /// The node's own spent afterwards.
        used: Microcents,
        /// The node's own remaining afterwards.
        remaining: Option<Microcents>,
    },
    /// A hold was charged, now or by an earlier settle.
    Settled(Settled),
    /// A hold was given back.
    Released {
        /// What came back; 0 if it had ended before.
        amount: Microcents,
    },
    /// A node was added.
    Minted(Minted),
    /// Whether the node was revoked by this command; `false` if it had been before.
    Revoked(bool),
    /// The budget as it stands now.
    BudgetSet(BudgetView),
    /// A use was noted (or was not due any more), or an edit taken in.
    Touched,
}
