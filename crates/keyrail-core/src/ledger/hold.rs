//! Setting money aside, and what becomes of it.

use super::chain::Chain;
use super::command::TTL_RANGE_MS;
use super::grid::expiry_on_grid;
use super::outcome::{Outcome, Reason};
use super::row::{EntryKind, HoldEnd, HoldHandle, HoldRow, NodeHandle, Settled};
use super::{Ledger, Missing, refuse};
use crate::amount::Microcents;

/// What a reserve asks.
#[derive(Clone, Copy)]
pub(super) struct Reserve {
    pub(super) cost: Microcents,
    pub(super) asked: Microcents,
    pub(super) at_least: Option<Microcents>,
    pub(super) whole_cents: bool,
    pub(super) ttl_ms: i64,
}

impl Ledger {
    /// Holds the cost in every node of the chain, or nothing.
    pub(super) fn reserve(&mut self, now_ms: i64, node: NodeHandle, reserve: Reserve) -> Result<Outcome, Missing> {
        let chain = self.chain(node)?;
        self.read_chain(&chain)?;
        let now_ms = self.tree_now(&chain, now_ms)?;
        if !TTL_RANGE_MS.contains(&reserve.ttl_ms) {
            return Ok(refuse(Reason::InvalidTtl));
        }
        let too_low = |amount: Microcents| amount < Microcents::ZERO || amount > reserve.cost;
        if too_low(reserve.cost) || reserve.at_least.is_some_and(too_low) {
            return Ok(refuse(Reason::InvalidCost));
        }
        if let Some(reason) = self.standing(&chain, now_ms)? {
            return Ok(refuse(reason));
        }
        if self.is_spent(&chain, now_ms)? {
            return self.over_budget(&chain, now_ms, reserve.cost);
        }
        let Some(amount) = self.holdable(&chain, now_ms, &reserve)? else {
            return self.over_budget(&chain, now_ms, reserve.cost);
        };
        if !self.room(&chain, now_ms)?.keeps_in_range(amount) {
            return Ok(refuse(Reason::AmountOutOfRange));
        }
        let expires_at_ms = expiry_on_grid(now_ms, reserve.ttl_ms);
        for &handle in chain.handles() {
            self.write_node(handle, now_ms)?.hold_more(expires_at_ms, amount);
        }
        let entry = self.append(&chain, now_ms, EntryKind::Reserve)?;
        entry.amount = amount;
        entry.asked = reserve.asked;
        entry.expires_at_ms = Some(expires_at_ms);
        let (used, remaining) = (entry.used, entry.remaining);
        let row = HoldRow {
            node: entry.node,
            amount,
            created_at_ms: now_ms,
            expires_at_ms,
            windows: entry.windows,
            end: HoldEnd::Open,
        };
        let hold = self.add_hold(chain.root(), node, row)?;
        Ok(Outcome::Held { hold: self.hold(hold)?.view(hold, now_ms), used, remaining })
    }

    /// Charges what a hold was for, in the windows in which it counted, and frees the rest. What
    /// happened is recorded in full, however late and however much above the hold.
    pub(super) fn settle(
        &mut self,
        now_ms: i64,
        hold: HoldHandle,
        cost: Microcents,
        asked: Microcents,
    ) -> Result<Outcome, Missing> {
        let (chain, now_ms) = self.open_hold(now_ms, hold)?;
        if cost < Microcents::ZERO {
            return Ok(refuse(Reason::InvalidCost));
        }
        let row = &self.hold(hold)?.row;
        if let HoldEnd::Settled { answer, .. } = row.end {
            return Ok(Outcome::Settled(answer));
        }
        let (amount, expires_at_ms, windows) = (row.amount, row.expires_at_ms, row.windows);
        let late = row.end != HoldEnd::Open || now_ms >= expires_at_ms;
        let freed = if late { Microcents::ZERO } else { amount };
        let counts = self.still_counting(&chain, now_ms, &windows)?;
        let counts_at = |place: usize| counts.get(place).copied().unwrap_or(false);
        let counting = chain.handles().iter().copied().enumerate();
        let counting = counting.filter(|(place, _)| counts_at(*place)).map(|(_, handle)| handle);
        if !self.in_range(counting, now_ms, cost.minus(freed).unwrap_or(cost))? {
            return Ok(refuse(Reason::AmountOutOfRange));
        }
        let overdraft = self.overdraft(&chain, now_ms, cost, &|place| counts_at(place).then_some(freed))?;
        for (place, &handle) in chain.handles().iter().enumerate() {
            let budget = self.write_node(handle, now_ms)?;
            if counts_at(place) {
                budget.hold_less(expires_at_ms, freed);
                budget.spend(cost);
            }
        }
        let answer = Settled { cost, overdraft, late };
        self.write_hold(hold)?;
        self.hold_mut(hold)?.row.end = HoldEnd::Settled { at_ms: now_ms, answer };
        let entry = self.append(&chain, now_ms, EntryKind::Settle)?;
        entry.windows = windows;
        entry.amount = cost;
        entry.asked = asked;
        entry.hold = Some(hold);
        entry.overdraft = overdraft;
        entry.late = late;
        Ok(Outcome::Settled(answer))
    }

    /// Gives a hold back; one that ended before gives nothing.
    pub(super) fn release(&mut self, now_ms: i64, hold: HoldHandle) -> Result<Outcome, Missing> {
        let (chain, now_ms) = self.open_hold(now_ms, hold)?;
        let row = &self.hold(hold)?.row;
        if matches!(row.end, HoldEnd::Settled { .. }) {
            return Ok(refuse(Reason::HoldSettled));
        }
        if row.end != HoldEnd::Open || now_ms >= row.expires_at_ms {
            return Ok(Outcome::Released { amount: Microcents::ZERO });
        }
        let (amount, expires_at_ms, windows) = (row.amount, row.expires_at_ms, row.windows);
        let counts = self.still_counting(&chain, now_ms, &windows)?;
        for (&handle, counts) in chain.handles().iter().zip(counts) {
            let budget = self.write_node(handle, now_ms)?;
            if counts {
                budget.hold_less(expires_at_ms, amount);
            }
        }
        self.write_hold(hold)?;
        self.hold_mut(hold)?.row.end = HoldEnd::Released { at_ms: now_ms };
        let entry = self.append(&chain, now_ms, EntryKind::Release)?;
        entry.windows = windows;
        entry.amount = amount;
        entry.hold = Some(hold);
        Ok(Outcome::Released { amount })
    }

    /// The chain of a hold's node and the tree's time, both noted as read.
    pub(super) fn open_hold(&mut self, now_ms: i64, hold: HoldHandle) -> Result<(Chain, i64), Missing> {
        let chain = self.chain(self.hold(hold)?.node)?;
        self.read_chain(&chain)?;
        self.read_hold(&chain, hold)?;
        let now_ms = self.tree_now(&chain, now_ms)?;
        Ok((chain, now_ms))
    }

    /// For each node of the chain, whether it is still in the window that a hold is stamped with.
    pub(super) fn still_counting(&self, chain: &Chain, now_ms: i64, windows: &[u64]) -> Result<Vec<bool>, Missing> {
        let mut counts = Vec::with_capacity(windows.len());
        for (&handle, window) in chain.handles().iter().zip(windows) {
            counts.push(self.node(handle)?.row.state.budget.window_ordinal(now_ms) == *window);
        }
        Ok(counts)
    }
}
