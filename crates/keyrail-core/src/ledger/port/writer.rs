//! Writing answers into an output.

use crate::amount::Microcents;
use crate::ledger::outcome::{BudgetView, HoldView, Outcome};
use crate::ledger::row::{HoldEnd, ScopeId};
use crate::window::Period;

/// Appends to an output.
pub(super) struct Writer<'a> {
    output: &'a mut Vec<f64>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(output: &'a mut Vec<f64>) -> Self {
        Self { output }
    }

    pub(super) fn number(&mut self, number: f64) {
        self.output.push(number);
    }

    /// Instants, amounts, ids and counts stay below 2⁵³, so a double holds them exactly.
    pub(super) fn i64(&mut self, number: i64) {
        self.number(number as f64);
    }

    pub(super) fn opt_i64(&mut self, number: Option<i64>) {
        self.number(number.map_or(f64::NAN, |number| number as f64));
    }

    pub(super) fn u64(&mut self, number: u64) {
        self.number(number as f64);
    }

    pub(super) fn u32(&mut self, number: u32) {
        self.number(f64::from(number));
    }

    pub(super) fn count(&mut self, count: usize) {
        self.number(count as f64);
    }

    pub(super) fn flag(&mut self, flag: bool) {
        self.u32(u32::from(flag));
    }

    pub(super) fn amount(&mut self, amount: Microcents) {
        self.i64(amount.get());
    }

    pub(super) fn opt_amount(&mut self, amount: Option<Microcents>) {
        self.opt_i64(amount.map(Microcents::get));
    }

    /// 0 for none, else 1 to 4.
    pub(super) fn period(&mut self, period: Option<Period>) {
        self.u32(match period {
            None => 0,
            Some(Period::Hour) => 1,
            Some(Period::Day) => 2,
            Some(Period::Week) => 3,
            Some(Period::Month) => 4,
        });
    }

    /// NaN for all, else a count and that many numbers.
    pub(super) fn scopes(&mut self, scopes: Option<&[ScopeId]>) {
        let Some(scopes) = scopes else { return self.number(f64::NAN) };
        self.count(scopes.len());
        for scope in scopes {
            self.u32(scope.0);
        }
    }

    /// node, cap, spent, held, period, window, start, reset.
    fn budget(&mut self, view: &BudgetView) {
        self.u32(view.node.0);
        self.opt_amount(view.cap);
        self.amount(view.spent);
        self.amount(view.held);
        self.period(view.period);
        self.u64(view.window);
        self.i64(view.window_start_ms);
        self.opt_i64(view.reset_at_ms);
    }

    /// 0 open, 1 released, 2 settled; then when, cost, overdraft, late.
    pub(super) fn hold_end(&mut self, end: HoldEnd) {
        let (kind, at_ms, answer) = match end {
            HoldEnd::Open => (0, None, None),
            HoldEnd::Released { at_ms } => (1, Some(at_ms), None),
            HoldEnd::Settled { at_ms, answer } => (2, Some(at_ms), Some(answer)),
        };
        self.u32(kind);
        self.opt_i64(at_ms);
        self.opt_amount(answer.map(|answer| answer.cost));
        self.opt_amount(answer.map(|answer| answer.overdraft));
        self.flag(answer.is_some_and(|answer| answer.late));
    }

    /// hold, amount, expiry, expired, end.
    fn hold(&mut self, view: &HoldView) {
        self.u32(view.hold.0);
        self.amount(view.amount);
        self.i64(view.expires_at_ms);
        self.flag(view.expired);
        self.hold_end(view.end);
    }

    /// A tag, then what belongs to it.
    pub(super) fn outcome(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Refused(refusal) => {
                self.u32(0);
                self.u32(u32::from(refusal.reason as u8));
                self.amount(refusal.requested);
                self.flag(refusal.binding.is_some());
                if let Some(binding) = &refusal.binding {
                    self.budget(binding);
                }
            }
            Outcome::Valid { budget, scopes, expires_at_ms, touch_due } => {
                self.u32(1);
                self.budget(budget);
                self.opt_i64(*expires_at_ms);
                self.flag(*touch_due);
                self.scopes(scopes.as_deref());
            }
            Outcome::Budgets { chain, binding } => {
                self.u32(2);
                self.opt_i64(binding.and_then(|place| i64::try_from(place).ok()));
                self.count(chain.len());
                for view in chain {
                    self.budget(view);
                }
            }
            Outcome::Charged { used, remaining, overdraft } => {
                self.u32(3);
                self.amount(*used);
                self.opt_amount(*remaining);
                self.amount(*overdraft);
            }
            Outcome::Held { hold, used, remaining } => {
                self.u32(4);
                self.amount(*used);
                self.opt_amount(*remaining);
                self.hold(hold);
            }
            Outcome::Settled(answer) => {
                self.u32(5);
                self.amount(answer.cost);
                self.amount(answer.overdraft);
                self.flag(answer.late);
            }
            Outcome::Released { amount } => {
                self.u32(6);
                self.amount(*amount);
            }
            Outcome::Minted(minted) => {
                self.u32(7);
                self.u32(minted.node.0);
                self.opt_amount(minted.cap);
                self.opt_i64(minted.expires_at_ms);
                self.flag(minted.clamped.scopes);
                self.flag(minted.clamped.cap);
                self.flag(minted.clamped.expires_at);
                self.scopes(minted.scopes.as_deref());
            }
            Outcome::Revoked(now) => {
                self.u32(8);
                self.flag(*now);
            }
            Outcome::BudgetSet(view) => {
                self.u32(9);
                self.budget(view);
            }
            Outcome::Touched => self.u32(10),
        }
    }
}
