//! Giving an open hold more time or another amount.

use super::command::TTL_RANGE_MS;
use super::grid::expiry_on_grid;
use super::outcome::{Outcome, Reason};
use super::row::{EntryKind, HoldEnd, HoldHandle};
use super::{Ledger, Missing, refuse};
use crate::amount::Microcents;

impl Ledger {
    /// Moves an open hold to a later instant or another amount. More money is an admission like a
    /// reserve; more time is not, since the work has begun and its money is set aside already.
    pub(super) fn extend(
        &mut self,
        now_ms: i64,
        hold: HoldHandle,
        ttl_ms: Option<i64>,
        cost: Option<Microcents>,
    ) -> Result<Outcome, Missing> {
        let (chain, now_ms) = self.open_hold(now_ms, hold)?;
        if ttl_ms.is_some_and(|ttl_ms| !TTL_RANGE_MS.contains(&ttl_ms)) {
            return Ok(refuse(Reason::InvalidTtl));
        }
        if cost.is_some_and(|cost| cost < Microcents::ZERO) {
            return Ok(refuse(Reason::InvalidCost));
        }
        let row = &self.hold(hold)?.row;
        if row.end != HoldEnd::Open || now_ms >= row.expires_at_ms {
            return Ok(refuse(Reason::HoldExpired));
        }
        let (amount_before, expired_before, windows) = (row.amount, row.expires_at_ms, row.windows);
        let amount = cost.unwrap_or(amount_before);
        let expires_at_ms = ttl_ms.map_or(expired_before, |ttl_ms| expiry_on_grid(now_ms, ttl_ms)).max(expired_before);
        let counts = self.still_counting(&chain, now_ms, &windows)?;
        let more = amount.minus(amount_before).unwrap_or(Microcents::MAX);
        if more > Microcents::ZERO {
            if let Some(reason) = self.standing(&chain, now_ms)? {
                return Ok(refuse(reason));
            }
            if counts.contains(&false) {
                return Ok(refuse(Reason::WindowRolled));
            }
            let room = self.room(&chain, now_ms)?;
            if self.is_spent(&chain, now_ms)? || !room.fits(more) {
                return self.over_budget(&chain, now_ms, more);
            }
            if !room.keeps_in_range(more) {
                return Ok(refuse(Reason::AmountOutOfRange));
            }
        }
        for (&handle, counts) in chain.handles().iter().zip(counts) {
            let budget = self.write_node(handle, now_ms)?;
            if counts {
                budget.hold_less(expired_before, amount_before);
                budget.hold_more(expires_at_ms, amount);
            }
        }
        self.write_hold(hold)?;
        let row = &mut self.hold_mut(hold)?.row;
        row.amount = amount;
        row.expires_at_ms = expires_at_ms;
        let entry = self.append(&chain, now_ms, EntryKind::Extend)?;
        entry.windows = windows;
        entry.amount = amount;
        entry.asked = cost.unwrap_or(amount_before);
        entry.hold = Some(hold);
        entry.expires_at_ms = Some(expires_at_ms);
        let (used, remaining) = (entry.used, entry.remaining);
        Ok(Outcome::Held { hold: self.hold(hold)?.view(hold, now_ms), used, remaining })
    }
}
