//! Taking in what somebody else wrote into a row's public columns.

use super::chain::Chain;
use super::outcome::Outcome;
use super::row::{Budget, EntryKind, NodeHandle};
use super::{Ledger, Missing};
use crate::amount::{MICROCENTS_PER_CENT, Microcents};

/// The greatest number of whole cents that a public column shows: a 32-bit integer's.
const SHOWN_CENTS_MAX: i64 = i32::MAX as i64;

/// What the public columns say now.
#[derive(Clone, Copy)]
pub(super) struct Edit {
    /// Used, in whole cents.
    pub(super) used_cents: i64,
    /// The end of the window, in ms.
    pub(super) reset_at_ms: Option<i64>,
}

/// What an edit did to a budget.
struct Adjusted {
    /// What was added to or taken from what the node itself spent.
    change: i64,
    /// What counts on the ancestors as well: what somebody else has spent, never what he gave back.
    spent_elsewhere: Microcents,
}

impl Ledger {
    /// Takes an edit in. An increase is somebody else's spending and counts on every ancestor; a
    /// decrease sets this row alone. An end that was moved later once it had passed is a window that
    /// somebody else rolled; any other end leaves the window, what is spent and what is held.
    pub(super) fn adjust(&mut self, now_ms: i64, node: NodeHandle, edit: Edit) -> Result<Outcome, Missing> {
        let chain = self.chain(node)?;
        self.read_chain(&chain)?;
        let now_ms = self.tree_now(&chain, now_ms)?;
        self.keep_state(node)?;
        // As it was when it was edited: before a roll that is due only now.
        let budget = &mut self.node_mut(node)?.row.state.budget;
        let adjusted = budget.take_in(edit, now_ms);
        let window = budget.window;
        self.write_node(node, now_ms)?;
        if adjusted.spent_elsewhere > Microcents::ZERO {
            self.spend_above(&chain, now_ms, adjusted.spent_elsewhere)?;
        }
        let entry = self.append(&chain, now_ms, EntryKind::Adjust)?;
        entry.windows.set_own(window);
        entry.amount = Microcents::new(adjusted.change).unwrap_or(Microcents::MAX);
        Ok(Outcome::Touched)
    }

    fn spend_above(&mut self, chain: &Chain, now_ms: i64, amount: Microcents) -> Result<(), Missing> {
        for &handle in chain.handles().iter().filter(|handle| **handle != chain.own()) {
            self.write_node(handle, now_ms)?.spend(amount);
        }
        Ok(())
    }
}

impl Budget {
    fn take_in(&mut self, edit: Edit, now_ms: i64) -> Adjusted {
        let before = self.spent;
        let is_rolled_elsewhere = self.is_rolled_by(edit, now_ms);
        if is_rolled_elsewhere {
            self.window += 1;
            self.window_start_ms = self.reset_at_ms.unwrap_or(now_ms);
            self.spent = Microcents::ZERO;
            self.buckets.clear();
        }
        self.reset_at_ms = edit.reset_at_ms;
        let shown_cents = self.spent.get().div_euclid(MICROCENTS_PER_CENT).min(SHOWN_CENTS_MAX);
        let more_cents = edit.used_cents.saturating_sub(shown_cents);
        if more_cents < 0 {
            self.spent = of_cents(edit.used_cents);
        } else {
            self.spent = self.spent.plus(of_cents(more_cents)).unwrap_or(Microcents::MAX);
        }
        // In a new window what counts is what was spent in it.
        let base = if is_rolled_elsewhere { Microcents::ZERO } else { before };
        Adjusted {
            change: self.spent.get() - base.get(),
            spent_elsewhere: if more_cents > 0 { of_cents(more_cents) } else { Microcents::ZERO },
        }
    }

    /// Whether the end was past and somebody else moved it later. Without a rule there are no windows:
    /// to take what is used for spent in a new one would count it on the ancestors once more.
    fn is_rolled_by(&self, edit: Edit, now_ms: i64) -> bool {
        self.opens_window(now_ms) && edit.reset_at_ms > self.reset_at_ms
    }
}

/// Whole cents as an amount; a number that no budget can reach is the greatest there is.
fn of_cents(cents: i64) -> Microcents {
    let bound = if cents < 0 { -Microcents::MAX.get() } else { Microcents::MAX.get() };
    Microcents::new(cents.saturating_mul(MICROCENTS_PER_CENT)).unwrap_or(Microcents::new(bound).unwrap_or_default())
}
