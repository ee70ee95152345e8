//! Scripts by chance, from fixed seeds.

use super::author::NOBODY;
use super::{Author, Grant, Script};
use crate::rng::Rng;
use keyrail_model::{HoldId, NodeId, Period};

const CENT: i64 = 1_000_000;
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

struct Maker {
    rng: Rng,
    author: Author,
    nodes: Vec<NodeId>,
    holds: Vec<HoldId>,
    keys: u32,
}

/// The script of a seed, with so many steps after its keys are made.
pub(super) fn script(seed: u64, steps: usize) -> Script {
    let author = Author::default();
    let mut maker = Maker { rng: Rng::new(seed), author, nodes: Vec::new(), holds: Vec::new(), keys: 0 };
    maker.set_up();
    for _ in 0..steps {
        maker.tick();
        maker.step();
    }
    maker.author.finish(&format!("by chance, seed {seed}"))
}

impl Maker {
    fn set_up(&mut self) {
        for place in 0..self.rng.between(2, 4) {
            let parent = if place == 0 { None } else { Some(self.rng.pick(&self.nodes)) };
            self.mint(parent);
            self.author.wait(1_000);
        }
    }

    fn mint(&mut self, parent: Option<NodeId>) {
        let low = self.rng.between(1, 12) * CENT;
        let high = self.rng.between(20, 90) * CENT;
        let periods = [None, None, Some(Period::Hour), Some(Period::Day), Some(Period::Month)];
        let grant = Grant {
            cap: self.rng.pick(&[None, Some(low), Some(high), Some(high)]),
            period: self.rng.pick(&periods),
            is_calendar: self.rng.one_in(3),
            scopes: self.rng.pick(&[None, None, Some(vec![1, 2]), Some(vec![2, 3]), Some(vec![0])]),
            expires_in_minutes: self.rng.pick(&[None, None, None, Some(20), Some(90)]),
            rejects: self.rng.one_in(6),
        };
        let node = match (parent, self.rng.one_in(3)) {
            (parent, true) => self.author.subject(parent, grant),
            (Some(parent), false) => self.author.child(parent, grant),
            (None, false) => self.author.root(grant),
        };
        if self.author.is_there(node) {
            self.nodes.push(node);
        }
    }

    /// Mostly a moment, sometimes to the instant at which a hold ends, or into another window.
    fn tick(&mut self) {
        let recent = self.holds.last().copied();
        match (self.rng.between(0, 19), recent) {
            (0..=2, Some(hold)) => {
                let expiry_ms = self.author.expiry_of(hold) + self.rng.between(-1, 1);
                if expiry_ms > self.author.now_ms() {
                    self.author.wait_until(expiry_ms);
                }
            }
            (3, _) => self.author.wait(HOUR_MS),
            (4, _) => self.author.wait(30 * HOUR_MS),
            (5..=8, _) => {}
            _ => {
                let ms = self.rng.between(1, 40_000);
                self.author.wait(ms);
            }
        }
    }

    fn amount(&mut self) -> i64 {
        let (cents, odd) = (self.rng.between(1, 6) * CENT, self.rng.between(1, 4 * CENT));
        self.rng.pick(&[CENT, cents, cents, odd, 15 * CENT, 0])
    }

    fn hold(&mut self) -> HoldId {
        if self.holds.is_empty() { NOBODY } else { self.rng.pick(&self.holds) }
    }

    fn key(&mut self) -> Option<String> {
        self.keys += u32::from(self.rng.one_in(2));
        self.rng.one_in(3).then(|| format!("k{}", self.keys))
    }

    fn step(&mut self) {
        let node = self.rng.pick(&self.nodes);
        let (cost, other) = (self.amount(), self.amount());
        match self.rng.between(0, 39) {
            0..=8 => {
                let (overdraft, key) = (self.rng.one_in(6), self.key());
                // A cost of 0 is a bare success, of which the ledger hears nothing.
                self.author.charge_with(node, cost.max(1), overdraft, key.as_deref());
            }
            9..=17 => {
                let ttl_ms = self.rng.pick(&[1_000, 30_000, 30_000, 5 * MINUTE_MS, 999]);
                let at_least = self.rng.one_in(3).then_some(cost / 2);
                let key = self.key();
                let hold = self.author.reserve_with(node, cost, ttl_ms, at_least, key.as_deref());
                self.holds.push(hold);
            }
            18..=22 => {
                let hold = self.hold();
                self.author.settle(hold, other);
            }
            23..=25 => {
                let hold = self.hold();
                self.author.release(hold);
            }
            26..=28 => {
                let hold = self.hold();
                let (ttl_ms, cost) = self.rng.pick(&[(Some(MINUTE_MS), None), (None, Some(other)), (Some(500), None)]);
                self.author.extend(hold, ttl_ms, cost);
            }
            29..=31 => self.author.validate(node),
            32..=33 => self.author.budgets(node),
            34 => self.author.headroom(node),
            35..=36 => {
                let cents = self.rng.between(0, 60) * CENT;
                let cap = self.rng.pick(&[None, Some(cents), Some(cents)]);
                self.author.set_cap(node, cap);
            }
            37 => {
                let period = self.rng.pick(&[None, Some(Period::Hour), Some(Period::Week)]);
                self.author.set_period(node, period, Some(cost > other));
            }
            38 => {
                let last = self.nodes.last().copied().unwrap_or(node);
                self.author.revoke(last, !self.holds.len().is_multiple_of(4));
            }
            _ => self.mint(Some(node)),
        }
    }
}
