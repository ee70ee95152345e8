//! Who may act, and what fits.

use crate::{AMOUNT_MAX, Answer, Book, Budget, NodeId, Reason};

impl Book {
    /// Why a node may start nothing new at `at_ms`, budgets apart.
    pub(crate) fn standing(&self, node: NodeId, at_ms: i64) -> Option<Reason> {
        let mut above = self.chain(node);
        above.pop();
        let is_expired = |node: &NodeId| self.granted_expiry(*node).is_some_and(|expires_at_ms| at_ms >= expires_at_ms);
        if self.is_revoked(node) {
            Some(Reason::Revoked)
        } else if above.iter().any(|node| self.is_revoked(*node)) {
            Some(Reason::AncestorRevoked)
        } else if is_expired(&node) {
            Some(Reason::Expired)
        } else if above.iter().any(is_expired) {
            Some(Reason::AncestorExpired)
        } else {
            None
        }
    }

    /// Whether a key or one above it is revoked.
    pub(crate) fn is_cut_off(&self, node: NodeId) -> bool {
        self.chain(node).into_iter().any(|node| self.is_revoked(node))
    }
}

/// The budget with the least remaining; the first, root first, at a tie.
pub(crate) fn binding(chain: &[Budget]) -> Option<Budget> {
    let least = chain.iter().filter_map(Budget::headroom).min()?;
    chain.iter().find(|budget| budget.headroom() == Some(least)).copied()
}

/// Whether some budget has nothing left but by holds that may come back.
pub(crate) fn is_spent(chain: &[Budget]) -> bool {
    chain.iter().any(|budget| budget.cap.is_some_and(|cap| budget.spent >= cap))
}

/// Whether `cost` more fits under every cap.
pub(crate) fn fits(chain: &[Budget], cost: i64) -> bool {
    chain.iter().all(|budget| budget.cap.is_none_or(|cap| budget.spent + budget.held + cost <= cap))
}

/// Whether the books stay in range with `cost` more.
pub(crate) fn in_range(chain: &[Budget], cost: i64) -> bool {
    chain.iter().all(|budget| budget.spent + budget.held + cost <= AMOUNT_MAX)
}

/// By how much spending `cost` and freeing `freed` raises what is above the cap, at most.
pub(crate) fn overdraft(chain: &[Budget], cost: i64, freed: i64) -> i64 {
    let rise = |budget: &Budget| {
        let cap = budget.cap?;
        let before = (budget.spent + budget.held - cap).max(0);
        let after = (budget.spent + cost + budget.held - freed - cap).max(0);
        Some(after - before)
    };
    chain.iter().filter_map(rise).max().unwrap_or(0).max(0)
}

/// The refusal that names the binding budget.
pub(crate) fn over_budget(chain: &[Budget], requested: i64) -> Answer {
    Answer::Refused { reason: Reason::BudgetExceeded, binding: binding(chain), requested }
}
