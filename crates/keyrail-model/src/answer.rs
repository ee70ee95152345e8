//! The answers.

use crate::{HoldId, NodeId, Period, Scope};
use serde::{Deserialize, Serialize};

/// Why a command is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the stable codes of API.md")]
pub enum Reason {
    Revoked,
    AncestorRevoked,
    Expired,
    AncestorExpired,
    BudgetExceeded,
    InvalidKey,
    InvalidCost,
    InvalidTtl,
    AmountOutOfRange,
    HoldSettled,
    HoldExpired,
    WindowRolled,
    DepthExceeded,
    GrantExceedsParent,
    IdempotencyKeyReused,
}

/// A node's budget at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Budget {
    /// Whose.
    pub node: NodeId,
    /// Its cap.
    pub cap: Option<i64>,
    /// Charged in the current window, over the subtree.
    pub spent: i64,
    /// Held in the current window, over the subtree.
    pub held: i64,
    /// cap − spent − held, shown from 0.
    pub remaining: Option<i64>,
    /// Its period.
    pub period: Option<Period>,
    /// When the current window began.
    pub window_start_ms: i64,
    /// When the next begins.
    pub reset_at_ms: Option<i64>,
}

impl Budget {
    /// cap − spent − held, also below 0.
    pub fn headroom(&self) -> Option<i64> {
        self.cap.map(|cap| cap - self.spent - self.held)
    }
}

/// What a mint cut down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the parts of a request")]
pub struct Clamped {
    pub scopes: bool,
    pub cap: bool,
    pub expires_at: bool,
}

/// An answer. Written as JSON it is what a recorded answer is compared with, field by field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the figures of API.md, in microcents; used and remaining are the node's own")]
pub enum Answer {
    /// No such node or hold.
    Unknown,
    Refused {
        reason: Reason,
        binding: Option<Budget>,
        requested: i64,
    },
    Valid {
        budget: Budget,
        scopes: Option<Vec<Scope>>,
        expires_at_ms: Option<i64>,
    },
    Budgets {
        chain: Vec<Budget>,
        binding: Option<NodeId>,
    },
    Charged {
        used: i64,
        remaining: Option<i64>,
        overdraft: i64,
    },
    Held {
        hold: HoldId,
        amount: i64,
        expires_at_ms: i64,
        used: i64,
        remaining: Option<i64>,
    },
    Settled {
        cost: i64,
        overdraft: i64,
        late: bool,
    },
    Released {
        amount: i64,
    },
    Minted {
        scopes: Option<Vec<Scope>>,
        cap: Option<i64>,
        expires_at_ms: Option<i64>,
        clamped: Clamped,
    },
    Revoked {
        revoked: bool,
    },
    BudgetSet {
        budget: Budget,
    },
    Touched,
}

impl Answer {
    /// A refusal that no budget explains.
    pub(crate) fn refused(reason: Reason) -> Self {
        Self::Refused { reason, binding: None, requested: 0 }
    }
}
