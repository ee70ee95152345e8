//! Budgets as they stand at an instant, without changing a row.

use super::chain::Chain;
use super::outcome::{BudgetView, HoldView};
use super::row::{Budget, HoldEnd, HoldHandle, NodeHandle};
use super::{Hold, Ledger, Missing};
use crate::amount::Microcents;
use crate::window::{Window, WindowRule};

/// What counts in a budget at an instant.
#[derive(Clone, Copy)]
pub(super) struct Counted {
    pub(super) cap: Option<Microcents>,
    pub(super) spent: Microcents,
    pub(super) held: Microcents,
}

impl Counted {
    /// spent + held. Each is within ±9·10¹⁵, so their sums stay far inside an i64.
    pub(super) fn in_use_microcents(&self) -> i64 {
        self.spent.get() + self.held.get()
    }

    /// cap − spent − held.
    pub(super) fn headroom_microcents(&self) -> Option<i64> {
        self.cap.map(|cap| cap.get() - self.in_use_microcents())
    }

    /// The headroom shown: never below 0.
    pub(super) fn remaining(&self) -> Option<Microcents> {
        self.headroom_microcents().map(|left| Microcents::new(left.max(0)).unwrap_or(Microcents::MAX))
    }
}

impl Budget {
    /// Whether the end of the current window has come.
    pub(super) fn opens_window(&self, now_ms: i64) -> bool {
        self.rule.is_some() && self.reset_at_ms.is_some_and(|reset_at_ms| now_ms >= reset_at_ms)
    }

    /// The ordinal of the window that holds `now_ms`.
    pub(super) fn window_ordinal(&self, now_ms: i64) -> u64 {
        self.window + u64::from(self.opens_window(now_ms))
    }

    /// What counts at `now_ms`: nothing but the cap if a new window begins.
    pub(super) fn counted_at(&self, now_ms: i64) -> Counted {
        if self.opens_window(now_ms) {
            return Counted { cap: self.cap, spent: Microcents::ZERO, held: Microcents::ZERO };
        }
        Counted { cap: self.cap, spent: self.spent, held: self.held_at(now_ms) }
    }

    /// The window to roll to, if the stored end of the current one has come (or was never set).
    pub(super) fn roll_due(&self, now_ms: i64) -> Option<Roll> {
        let rule = self.rule?;
        let (opens, rule) = match self.reset_at_ms {
            Some(reset_at_ms) if now_ms >= reset_at_ms => (true, rule.after_reset(reset_at_ms)),
            Some(_) => return None,
            None => (false, rule),
        };
        Some(Roll { opens, rule, window: rule.window_at(now_ms) })
    }

    /// Rolls the window if it is due. A new window starts with nothing spent and nothing held; a
    /// hold of the old one lives on in its own row.
    pub(super) fn roll(&mut self, now_ms: i64) {
        let Some(roll) = self.roll_due(now_ms) else { return };
        if roll.opens {
            self.window += 1;
            self.spent = Microcents::ZERO;
            self.buckets.clear();
        }
        self.rule = Some(roll.rule);
        self.window_start_ms = roll.window.start_ms;
        self.reset_at_ms = Some(roll.window.end_ms);
    }

    /// What is held at `now_ms`: a bucket counts until its instant.
    fn held_at(&self, now_ms: i64) -> Microcents {
        let sum =
            self.buckets.iter().filter(|bucket| bucket.expires_at_ms > now_ms).map(|bucket| bucket.held.get()).sum();
        Microcents::new(sum).unwrap_or(Microcents::MAX)
    }
}

/// A window change that is due.
pub(super) struct Roll {
    /// Whether it opens a new window; otherwise the current one only learns its bounds.
    opens: bool,
    /// The rule from now on.
    rule: WindowRule,
    window: Window,
}

impl Ledger {
    /// The tree's time: never before the greatest time it has committed.
    pub(super) fn tree_now(&self, chain: &Chain, now_ms: i64) -> Result<i64, Missing> {
        let root = self.node(chain.root())?;
        Ok(root.row.state.root.map_or(now_ms, |root| now_ms.max(root.greatest_now_ms)))
    }

    /// What counts in a node's budget at `now_ms`.
    pub(super) fn counted(&self, handle: NodeHandle, now_ms: i64) -> Result<Counted, Missing> {
        Ok(self.node(handle)?.row.state.budget.counted_at(now_ms))
    }

    /// A node's budget at `now_ms`.
    pub(super) fn budget_view(&self, handle: NodeHandle, now_ms: i64) -> Result<BudgetView, Missing> {
        let budget = &self.node(handle)?.row.state.budget;
        let Counted { cap, spent, held } = budget.counted_at(now_ms);
        let roll = budget.roll_due(now_ms);
        Ok(BudgetView {
            node: handle,
            cap,
            spent,
            held,
            period: budget.rule.map(|rule| rule.period),
            window: budget.window_ordinal(now_ms),
            window_start_ms: roll.as_ref().map_or(budget.window_start_ms, |roll| roll.window.start_ms),
            reset_at_ms: roll.map_or(budget.rule.and(budget.reset_at_ms), |roll| Some(roll.window.end_ms)),
        })
    }

    /// The budget with the least remaining over the chain; the first one root-first at a tie, and
    /// `None` where no node has a cap.
    pub(super) fn binding(&self, chain: &Chain, now_ms: i64) -> Result<Option<BudgetView>, Missing> {
        let mut binding: Option<(i64, NodeHandle)> = None;
        for &handle in chain.handles() {
            if let Some(left) = self.counted(handle, now_ms)?.headroom_microcents()
                && binding.is_none_or(|(least, _)| left < least)
            {
                binding = Some((left, handle));
            }
        }
        binding.map(|(_, handle)| self.budget_view(handle, now_ms)).transpose()
    }
}

impl Hold {
    /// The hold as it stands at `now_ms`.
    pub(super) fn view(&self, handle: HoldHandle, now_ms: i64) -> HoldView {
        HoldView {
            hold: handle,
            amount: self.row.amount,
            expires_at_ms: self.row.expires_at_ms,
            end: self.row.end,
            expired: self.row.end == HoldEnd::Open && now_ms >= self.row.expires_at_ms,
        }
    }
}
