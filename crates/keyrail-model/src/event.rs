//! What was committed.

use crate::{Answer, Command, HoldId, NodeId, Rule, Scope};

/// One committed command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The tree's time when it was decided.
    pub at_ms: i64,
    /// The nodes that it wrote: a window of theirs that was due rolled first.
    pub wrote: Vec<NodeId>,
    /// The windows in which its money counts: a node and the ordinal of its window then.
    pub counts_in: Vec<(NodeId, u64)>,
    /// What happened.
    pub fact: Fact,
    /// What was asked and answered: a repeat under the same idempotency key gives it again.
    pub origin: Option<(Command, Answer)>,
}

/// What happened. Money in microcents.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the words of the core's rows")]
pub enum Fact {
    Minted {
        node: NodeId,
        parent: Option<NodeId>,
        scopes: Option<Vec<Scope>>,
        expires_at_ms: Option<i64>,
        cap: Option<i64>,
        rule: Option<Rule>,
    },
    Revoked {
        node: NodeId,
    },
    BudgetSet {
        node: NodeId,
        cap: Option<i64>,
        rule: Option<Rule>,
    },
    Charged {
        cost: i64,
    },
    Reserved {
        hold: HoldId,
        node: NodeId,
        amount: i64,
        expires_at_ms: i64,
    },
    Extended {
        hold: HoldId,
        amount: i64,
        expires_at_ms: i64,
    },
    Released {
        hold: HoldId,
    },
    Settled {
        hold: HoldId,
        cost: i64,
        overdraft: i64,
        late: bool,
    },
    /// What somebody else wrote into a row was taken in.
    Adjusted {
        node: NodeId,
        /// How much more, or less, the node itself has spent.
        change: i64,
        /// Whether he had begun the next window.
        began_window: bool,
        /// The end of the window that he wrote.
        reset_at_ms: Option<i64>,
    },
    /// A use was noted; the tree's time passes only where a window rolled.
    Touched {
        node: NodeId,
        rolls: bool,
    },
}

impl Fact {
    /// What it spent in the windows in which it counts.
    pub fn cost(&self) -> i64 {
        match self {
            Self::Charged { cost } | Self::Settled { cost, .. } | Self::Adjusted { change: cost, .. } => *cost,
            _ => 0,
        }
    }

    /// Whether nothing in the tree may be decided before it any more.
    pub fn passes_time(&self) -> bool {
        !matches!(self, Self::Touched { rolls: false, .. })
    }

    /// Whether it is an entry of the ledger: all but a touch.
    pub fn is_entry(&self) -> bool {
        !matches!(self, Self::Touched { .. })
    }
}
