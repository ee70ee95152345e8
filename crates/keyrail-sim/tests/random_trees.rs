//! Random trees and long random sequences against the oracle, with amounts and times biased to
//! the edges. A failure prints its seed and step; `KEYRAIL_SEED=<n>` runs that seed alone.

use keyrail_model::{ADMIN, AMOUNT_MAX, Alignment, Book, Command, OnExceed, Period, Rule};
use keyrail_sim::duel::{Duel, ROOT};
use keyrail_sim::rng::Rng;

const START_MS: i64 = 1_700_000_000_000;
const CENT: i64 = 1_000_000;

/// A sequence under way.
struct Run {
    rng: Rng,
    duel: Duel,
    now_ms: i64,
    next_id: u64,
    /// Whether this run plays at the end of the range of amounts.
    is_huge: bool,
}

impl Run {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let is_huge = rng.one_in(8);
        Self { rng, duel: Duel::new(), now_ms: START_MS, next_id: ROOT, is_huge }
    }

    fn book(&self) -> &Book {
        self.duel.book()
    }

    fn fresh_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id - 1
    }

    fn node(&mut self) -> u64 {
        // Mostly the newest: so that trees grow deep.
        let nodes = self.duel.book().nodes();
        if self.rng.one_in(2) { self.rng.pick(&nodes[nodes.len().saturating_sub(3)..]) } else { self.rng.pick(&nodes) }
    }

    fn hold(&mut self) -> u64 {
        let holds: Vec<u64> = self.duel.book().holds().into_keys().collect();
        if holds.is_empty() || self.rng.one_in(50) { 999_999 } else { self.rng.pick(&holds) }
    }

    /// A cap: small, so that it is reached.
    fn cap(&mut self) -> Option<i64> {
        let most = if self.is_huge { AMOUNT_MAX } else { 5 * CENT };
        let cents = [0, 1, 2, 3, 10].map(|cents| cents * CENT);
        match self.rng.between(0, 3) {
            0 => None,
            1 => Some(self.rng.between(0, most)),
            _ => Some(self.rng.pick(&cents)),
        }
    }

    /// An amount at some edge of the chain of `node`.
    fn amount(&mut self, node: u64) -> i64 {
        let at_ms = self.book().tree_time(self.now_ms);
        let mut edges = vec![0, 1, 2, CENT, CENT + 1];
        if self.is_huge {
            edges.extend([AMOUNT_MAX, AMOUNT_MAX - 1, AMOUNT_MAX / 2]);
        }
        for budget in self.book().budgets(node, at_ms) {
            let left = budget.headroom().unwrap_or(AMOUNT_MAX - budget.spent);
            edges.extend([budget.cap.unwrap_or(CENT), left - 1, left, left + 1, budget.held]);
        }
        if !self.is_huge {
            edges.push(self.rng.between(0, 3 * CENT));
            edges.retain(|edge| *edge < 100 * CENT);
        }
        self.rng.pick(&edges).clamp(0, AMOUNT_MAX)
    }

    /// Moves the clock, often to an edge and sometimes back.
    fn tick(&mut self) {
        let mut edges = vec![self.now_ms, self.now_ms + 1, self.now_ms + self.rng.between(0, 600_000)];
        edges.extend(self.book().holds().values().map(|hold| hold.expires_at_ms));
        for node in self.book().nodes() {
            let reset_at_ms = self.book().budget(node, self.now_ms).and_then(|budget| budget.reset_at_ms);
            // A month's edge is too far to go to each time.
            edges.extend(reset_at_ms.filter(|reset_at_ms| reset_at_ms - self.now_ms < 90_000_000));
        }
        edges.retain(|edge| *edge >= self.now_ms);
        let edge = self.rng.pick(&edges);
        self.now_ms = match self.rng.between(0, 19) {
            0 => self.now_ms - self.rng.between(0, 60_000),
            1 => self.now_ms + self.rng.between(0, 40 * 86_400_000),
            2..=9 => self.now_ms + self.rng.between(0, 500),
            _ => edge + self.rng.between(-1, 1),
        };
    }

    fn ttl_ms(&mut self) -> i64 {
        let odd_ms = self.rng.between(1_000, 600_000);
        self.rng.pick(&[1_000, 1_000, 60_000, 300_000, odd_ms, 30 * 86_400_000, 999, 30 * 86_400_000 + 1])
    }

    fn rule(&mut self) -> Option<Rule> {
        let period = self.rng.pick(&[Period::Hour, Period::Day, Period::Week, Period::Month]);
        let alignment = self.rng.pick(&[Alignment::Anchored, Alignment::Calendar]);
        let anchor_ms = Some(self.now_ms - self.rng.between(0, 3) * 86_400_000);
        self.rng.one_in(2).then_some(Rule { period, alignment, anchor_ms })
    }

    fn mint(&mut self, parent: Option<u64>) -> Command {
        let scopes: Vec<u32> = (0..self.rng.between(0, 4)).map(|_| self.rng.between(1, 4) as u32).collect();
        let scopes = self.rng.pick(&[None, Some(scopes), Some(vec![ADMIN, 3])]);
        let expires_at_ms = self.rng.one_in(4).then(|| self.now_ms + self.rng.between(1, 3_000_000));
        let on_exceed = self.rng.pick(&[OnExceed::Clamp, OnExceed::Clamp, OnExceed::Reject]);
        let (cap, rule, node) = (self.cap(), self.rule(), self.fresh_id());
        Command::Mint { node, parent, scopes, expires_at_ms, cap, rule, on_exceed }
    }

    /// What another program may have written: around what is shown, the end moved or not.
    fn edit(&mut self, node: u64) -> Command {
        let at_ms = self.book().tree_time(self.now_ms);
        let budget = self.book().budget(node, at_ms);
        let shown = budget.map_or(0, |budget| budget.spent.div_euclid(CENT));
        let end_ms = budget.and_then(|budget| budget.reset_at_ms);
        let around = self.rng.between(-3, 3);
        let used_cents = self.rng.pick(&[0, shown, shown + 1, shown + around, 7]);
        let moved_ms = self.now_ms + self.rng.between(-4_000_000, 4_000_000);
        let reset_at_ms = self.rng.pick(&[end_ms, end_ms, Some(moved_ms), end_ms.map(|end_ms| end_ms + 1), None]);
        Command::Adjust { node, used_cents, reset_at_ms }
    }

    fn command(&mut self) -> Command {
        let node = self.node();
        let hold = self.hold();
        let hold_node = self.book().holds().get(&hold).map_or(node, |hold| hold.node);
        match self.rng.between(0, 39) {
            0..=2 => self.mint(Some(node)),
            3 => Command::Revoke { node },
            4..=5 => {
                let cap = self.cap();
                let rule = self.rule();
                let cap = self.rng.pick(&[None, Some(cap), Some(cap)]);
                let rule = self.rng.pick(&[None, None, Some(rule)]);
                Command::SetBudget { node, cap, rule }
            }
            6 if !self.is_huge && self.rng.one_in(3) => self.edit(node),
            6 => Command::Touch { node },
            7..=8 => Command::Validate { node },
            9..=15 => {
                let cost = self.amount(node).max(1);
                Command::Charge { node, cost, overdraft: self.rng.one_in(5), key: None }
            }
            16..=26 => {
                let whole_cents = self.rng.one_in(4);
                let asked = self.amount(node);
                let cost = if whole_cents { asked - asked.rem_euclid(CENT) } else { asked };
                let least = self.amount(node);
                let at_least = self.rng.one_in(3).then_some(least);
                let (ttl_ms, hold) = (self.ttl_ms(), self.fresh_id());
                Command::Reserve { node, hold, cost, at_least, whole_cents, ttl_ms, key: None }
            }
            27..=32 => Command::Settle { hold, cost: self.amount(hold_node) },
            33..=34 => Command::Release { hold },
            _ => {
                let (ttl_ms, cost) = (self.ttl_ms(), self.amount(hold_node));
                Command::Extend {
                    hold,
                    ttl_ms: self.rng.one_in(2).then_some(ttl_ms),
                    cost: self.rng.one_in(2).then_some(cost),
                }
            }
        }
    }
}

fn check(seed: u64, steps: usize) {
    let mut run = Run::new(seed);
    // First a tree, mostly a deep one.
    let mints = run.rng.pick(&[3, 10, 14]);
    for step in 0..steps {
        let command = match step {
            0 => run.mint(None),
            step if step < mints && !run.book().nodes().is_empty() => {
                let parent = run.node();
                run.mint(Some(parent))
            }
            _ => run.command(),
        };
        let now_ms = run.now_ms;
        if let Err(error) = run.duel.step(now_ms, &command) {
            panic!("KEYRAIL_SEED={seed}, step {step}, at {now_ms}: {command:?}\n{error}\n{:#?}", run.book().events());
        }
        run.tick();
    }
}

#[test]
fn random_trees_agree_with_the_oracle() {
    if let Some(seed) = std::env::var("KEYRAIL_SEED").ok().and_then(|seed| seed.parse().ok()) {
        return check(seed, 120);
    }
    for seed in 0..200 {
        check(seed, 120);
    }
}
