//! Who may act, and what fits: the one place that lets money in.

use super::chain::Chain;
use super::hold::Reserve;
use super::outcome::{Outcome, Reason, Refusal};
use super::row::NodeHandle;
use super::{Ledger, Missing};
use crate::amount::Microcents;

/// What the budgets of a chain leave, in microcents.
#[derive(Clone, Copy)]
pub(super) struct Room {
    /// The least headroom under a cap; the greatest number without any.
    least_left: i64,
    /// The most that is spent and held in one of them.
    most_counted: i64,
}

impl Room {
    /// Whether `cost` more fits under every cap.
    pub(super) fn fits(&self, cost: Microcents) -> bool {
        self.least_left >= cost.get()
    }

    /// Whether the books stay in the range of amounts with `cost`, at least 0, more everywhere.
    pub(super) fn keeps_in_range(&self, cost: Microcents) -> bool {
        Microcents::new(self.most_counted + cost.get()).is_some()
    }
}

impl Ledger {
    /// Revocation over the chain: the node's own first, then an ancestor's.
    pub(super) fn revocation(&self, chain: &Chain) -> Result<Option<Reason>, Missing> {
        for &handle in chain.handles().iter().rev() {
            if self.node(handle)?.row.state.revoked_at_ms.is_some() {
                let is_own = handle == chain.own();
                return Ok(Some(if is_own { Reason::Revoked } else { Reason::AncestorRevoked }));
            }
        }
        Ok(None)
    }

    /// Expiry over the chain: at its very instant a node is expired.
    fn expiry(&self, chain: &Chain, now_ms: i64) -> Result<Option<Reason>, Missing> {
        for &handle in chain.handles().iter().rev() {
            if self.node(handle)?.row.grant.expires_at_ms.is_some_and(|expires_at_ms| now_ms >= expires_at_ms) {
                let is_own = handle == chain.own();
                return Ok(Some(if is_own { Reason::Expired } else { Reason::AncestorExpired }));
            }
        }
        Ok(None)
    }

    /// Why the node may not start anything new, budgets apart.
    pub(super) fn standing(&self, chain: &Chain, now_ms: i64) -> Result<Option<Reason>, Missing> {
        match self.revocation(chain)? {
            Some(reason) => Ok(Some(reason)),
            None => self.expiry(chain, now_ms),
        }
    }

    /// Whether a budget of the chain is spent. Holds do not count here: they may come back.
    pub(super) fn is_spent(&self, chain: &Chain, now_ms: i64) -> Result<bool, Missing> {
        for &handle in chain.handles() {
            let counted = self.counted(handle, now_ms)?;
            if counted.cap.is_some_and(|cap| counted.spent >= cap) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What the budgets of the chain leave for more, in one walk.
    pub(super) fn room(&self, chain: &Chain, now_ms: i64) -> Result<Room, Missing> {
        let mut room = Room { least_left: i64::MAX, most_counted: 0 };
        for &handle in chain.handles() {
            let counted = self.counted(handle, now_ms)?;
            let in_use = counted.in_use_microcents();
            room.most_counted = room.most_counted.max(in_use);
            if let Some(cap) = counted.cap {
                room.least_left = room.least_left.min(cap.get() - in_use);
            }
        }
        Ok(room)
    }

    /// What a reserve may hold: its cost, or, if it takes less, what is left under every cap of the
    /// chain; `None` if that is below the least that it takes.
    pub(super) fn holdable(
        &self,
        chain: &Chain,
        now_ms: i64,
        reserve: &Reserve,
    ) -> Result<Option<Microcents>, Missing> {
        let least_left = self.binding(chain, now_ms)?.and_then(|binding| binding.headroom_microcents());
        let Some(left) = least_left.filter(|left| *left < reserve.cost.get()) else { return Ok(Some(reserve.cost)) };
        let partial = Microcents::new(left.max(0)).unwrap_or(Microcents::MAX);
        let partial = if reserve.whole_cents { partial.floor_to_cent() } else { partial };
        Ok(reserve.at_least.filter(|at_least| left >= 0 && partial >= *at_least).map(|_| partial))
    }

    /// Whether the books stay in the range of amounts with `cost` more in each of these nodes.
    pub(super) fn in_range(
        &self,
        nodes: impl IntoIterator<Item = NodeHandle>,
        now_ms: i64,
        cost: Microcents,
    ) -> Result<bool, Missing> {
        for handle in nodes {
            let counted = self.counted(handle, now_ms)?;
            if counted.spent.plus(counted.held).and_then(|sum| sum.plus(cost)).is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The refusal that names the binding budget.
    pub(super) fn over_budget(&self, chain: &Chain, now_ms: i64, requested: Microcents) -> Result<Outcome, Missing> {
        let binding = self.binding(chain, now_ms)?;
        Ok(Outcome::Refused(Refusal { reason: Reason::BudgetExceeded, binding, requested }))
    }

    /// The most, over the chain, by which spending `cost` would raise `max(0, spent + held − cap)`.
    /// `freed` gives, by place in the chain, what is no longer held then; `None` for a node in
    /// which the cost does not count.
    pub(super) fn overdraft(
        &self,
        chain: &Chain,
        now_ms: i64,
        cost: Microcents,
        freed: &dyn Fn(usize) -> Option<Microcents>,
    ) -> Result<Microcents, Missing> {
        let mut most = 0;
        for (place, &handle) in chain.handles().iter().enumerate() {
            let left = self.counted(handle, now_ms)?.headroom_microcents();
            let (Some(left), Some(freed)) = (left, freed(place)) else { continue };
            let above_before = (-left).max(0);
            let above_after = (cost.get() - freed.get() - left).max(0);
            most = most.max(above_after - above_before);
        }
        Ok(Microcents::new(most).unwrap_or(Microcents::MAX))
    }
}
