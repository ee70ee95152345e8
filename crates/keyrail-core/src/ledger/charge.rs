//! Spending at once.

use super::outcome::{Outcome, Reason};
use super::row::{EntryKind, NodeHandle};
use super::{Ledger, Missing, refuse};
use crate::amount::Microcents;

/// What a charge asks.
#[derive(Clone, Copy)]
pub(super) struct Charge {
    pub(super) cost: Microcents,
    pub(super) asked: Microcents,
    pub(super) overdraft: bool,
}

impl Ledger {
    /// Charges every node of the chain, or none.
    pub(super) fn charge(&mut self, now_ms: i64, node: NodeHandle, charge: Charge) -> Result<Outcome, Missing> {
        let chain = self.chain(node)?;
        self.read_chain(&chain)?;
        let now_ms = self.tree_now(&chain, now_ms)?;
        if self.revocation(&chain)?.is_some() {
            return Ok(refuse(Reason::InvalidKey));
        }
        if charge.cost < Microcents::ZERO {
            return Ok(refuse(Reason::InvalidCost));
        }
        let room = self.room(&chain, now_ms)?;
        let fits = room.fits(charge.cost);
        if !fits && !charge.overdraft {
            return self.over_budget(&chain, now_ms, charge.cost);
        }
        if !room.keeps_in_range(charge.cost) {
            return Ok(refuse(Reason::AmountOutOfRange));
        }
        let overdraft = match fits {
            true => Microcents::ZERO,
            false => self.overdraft(&chain, now_ms, charge.cost, &|_| Some(Microcents::ZERO))?,
        };
        for &handle in chain.handles() {
            self.write_node(handle, now_ms)?.spend(charge.cost);
        }
        let entry = self.append(&chain, now_ms, EntryKind::Charge)?;
        entry.amount = charge.cost;
        entry.asked = charge.asked;
        entry.overdraft = overdraft;
        Ok(Outcome::Charged { used: entry.used, remaining: entry.remaining, overdraft })
    }
}
