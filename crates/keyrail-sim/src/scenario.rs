//! What happens to a run: who there is, what is asked when, and what goes wrong. A seed is all of it.

use crate::columns::Change;
use crate::history::Op;
use crate::rng::Rng;
use keyrail_model::{Alignment, Command, HoldId, NodeId, OnExceed, Period, Rule};
use serde::{Deserialize, Serialize};

/// The virtual time at which every run begins.
pub const START_MS: i64 = 1_700_000_000_000;
const CENT: i64 = 1_000_000;
const HOUR_MS: i64 = 3_600_000;
/// How far apart the minted trees of the set-up stand.
const SET_UP_EVERY_MS: i64 = 1_000;

/// One line of a scenario. Times are virtual, in ms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum Line {
    /// The first line.
    Scenario {
        /// Gives the whole scenario again.
        seed: u64,
        /// How many processes there are.
        processes: usize,
        /// Until then nothing goes wrong with the store: the trees are minted.
        noisy_at_ms: i64,
        /// From then on nothing goes wrong any more.
        quiet_at_ms: i64,
        /// The run ends then.
        end_at_ms: i64,
    },
    /// What a process's clock shows from then on: the virtual time and this.
    Skew {
        /// When.
        at_ms: i64,
        /// Who.
        process: usize,
        /// How far off.
        skew_ms: i64,
    },
    /// A process loses everything in memory and starts again.
    Crash {
        /// When.
        at_ms: i64,
        /// Who.
        process: usize,
    },
    /// A command comes.
    Op {
        /// When.
        at_ms: i64,
        /// To whom.
        process: usize,
        /// Its number.
        op: Op,
        /// What.
        command: Command,
    },
    /// Another program writes a row's public columns.
    Edit {
        /// When.
        at_ms: i64,
        /// Whose row.
        node: NodeId,
        /// What it writes.
        change: Change,
    },
    /// What becomes of the n-th call to the store, round and round.
    Call(Call),
}

/// What becomes of one call to the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// How long it takes to get there.
    pub request_ms: i64,
    /// How long its answer takes.
    pub response_ms: i64,
    /// What goes wrong.
    pub fault: CallFault,
}

/// What goes wrong with a call to the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallFault {
    /// Nothing.
    None,
    /// It never arrives; the caller sees an error.
    RequestLost,
    /// It is carried out; the caller sees an error.
    ResponseLost,
    /// A commit is answered `busy`; a read is not affected.
    Busy,
}

/// A scenario, in the order in which it happens.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Every line.
    pub lines: Vec<Line>,
}

struct Maker {
    rng: Rng,
    lines: Vec<Line>,
    at_ms: i64,
    next_op: Op,
    processes: usize,
    nodes: Vec<NodeId>,
    /// The holds asked for so far and when they expire, as far as a scenario can tell.
    holds: Vec<(HoldId, i64)>,
    next_id: u64,
    /// What was asked under an idempotency key.
    keyed: Vec<Command>,
}

/// The scenario of a seed with so many commands after its set-up.
pub fn generate(seed: u64, steps: usize) -> Scenario {
    let mut rng = Rng::new(seed);
    let processes = rng.between(1, 4) as usize;
    let mut maker = Maker {
        rng,
        lines: Vec::new(),
        at_ms: START_MS,
        next_op: 0,
        processes,
        nodes: Vec::new(),
        holds: Vec::new(),
        next_id: 1,
        keyed: Vec::new(),
    };
    maker.set_up();
    let noisy_at_ms = maker.at_ms;
    for _ in 0..steps {
        maker.step();
    }
    let quiet_at_ms = maker.at_ms + 1_000;
    // The last hold lives five minutes, and clocks are at most a minute off.
    maker.at_ms += 2 * HOUR_MS;
    maker.questions();
    let end_at_ms = maker.at_ms + 60_000;
    let mut lines = vec![Line::Scenario { seed, processes, noisy_at_ms, quiet_at_ms, end_at_ms }];
    lines.append(&mut maker.lines);
    lines.extend((0..512).map(|_| Line::Call(maker.call())));
    Scenario { lines }
}

impl Maker {
    fn push_op(&mut self, process: usize, command: Command) {
        self.lines.push(Line::Op { at_ms: self.at_ms, process, op: self.next_op, command });
        self.next_op += 1;
    }

    fn fresh_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id - 1
    }

    /// One to three trees, one of them sometimes as deep as may be, minted before anything goes
    /// wrong.
    fn set_up(&mut self) {
        for process in 0..self.processes {
            let skew_ms = self.skew_ms();
            self.lines.push(Line::Skew { at_ms: self.at_ms, process, skew_ms });
        }
        for _ in 0..self.rng.between(1, 3) {
            let mut tree = Vec::new();
            let is_deep = self.rng.one_in(3);
            let size = if is_deep { 9 } else { self.rng.between(1, 5) };
            for _ in 0..size {
                let parent =
                    if is_deep { tree.last().copied() } else { (!tree.is_empty()).then(|| self.rng.pick(&tree)) };
                let node = self.next_id;
                let command = self.mint(parent);
                self.push_op(0, command);
                self.at_ms += SET_UP_EVERY_MS;
                tree.push(node);
            }
            self.nodes.append(&mut tree);
        }
    }

    fn skew_ms(&mut self) -> i64 {
        let far_ms = self.rng.between(-20_000, 20_000);
        let near_ms = self.rng.between(-300, 300);
        self.rng.pick(&[0, near_ms, near_ms, far_ms])
    }

    fn mint(&mut self, parent: Option<NodeId>) -> Command {
        let cap = match self.rng.between(0, 5) {
            0..=2 => None,
            3 => Some(self.rng.between(20, 200) * CENT),
            _ => Some(self.rng.between(1, 20) * CENT),
        };
        let period = self.rng.pick(&[Period::Hour, Period::Hour, Period::Day, Period::Month]);
        let alignment = self.rng.pick(&[Alignment::Anchored, Alignment::Calendar]);
        // An anchor shortly after the start, so that windows roll in the middle of the run.
        let anchor_ms = Some(START_MS + 30_000 + self.rng.between(0, 30_000));
        let rule = self.rng.one_in(3).then_some(Rule { period, alignment, anchor_ms });
        let expires_at_ms = self.rng.one_in(8).then(|| START_MS + self.rng.between(40_000, 90_000));
        Command::Mint {
            node: self.fresh_id(),
            parent,
            scopes: None,
            expires_at_ms,
            cap,
            rule,
            on_exceed: OnExceed::Clamp,
        }
    }

    fn node(&mut self) -> NodeId {
        // The first tree is hot.
        let hot = self.nodes.len().min(4);
        if self.rng.one_in(2) { self.rng.pick(&self.nodes[..hot]) } else { self.rng.pick(&self.nodes) }
    }

    fn hold(&mut self) -> HoldId {
        let recent = self.holds.len().saturating_sub(12);
        match self.holds.get(recent..) {
            Some(holds) if !holds.is_empty() => self.rng.pick(holds).0,
            _ => 999_999,
        }
    }

    fn amount(&mut self) -> i64 {
        let cents = self.rng.between(1, 5) * CENT;
        let odd = self.rng.between(1, 3 * CENT);
        self.rng.pick(&[1, CENT, CENT, cents, cents, odd, 12 * CENT])
    }

    fn step(&mut self) {
        self.tick();
        let process = self.rng.between(0, self.processes as i64 - 1) as usize;
        match self.rng.between(0, 199) {
            0..=1 => self.lines.push(Line::Crash { at_ms: self.at_ms, process }),
            2..=4 => {
                let skew_ms = self.skew_ms();
                self.lines.push(Line::Skew { at_ms: self.at_ms, process, skew_ms });
            }
            5..=16 => {
                let (node, change) = (self.node(), self.change());
                self.lines.push(Line::Edit { at_ms: self.at_ms, node, change });
                // Often of a node and of one above it or below it at once.
                if self.rng.one_in(4) {
                    let (node, change) = (self.node(), self.change());
                    self.lines.push(Line::Edit { at_ms: self.at_ms, node, change });
                }
            }
            _ => {}
        }
        let command = self.command();
        self.push_op(process, command);
    }

    fn change(&mut self) -> Change {
        let charge = Change::Charge { cents: self.rng.between(1, 4), window_ms: HOUR_MS };
        let set = Change::Set { cents: self.rng.between(-1, 12) };
        let reset = Change::Set { cents: 0 };
        let after_ms = self.rng.between(-5_000, HOUR_MS);
        let after_ms = self.rng.pick(&[Some(after_ms), Some(after_ms), Some(1_000), None]);
        self.rng.pick(&[charge, charge, charge, set, reset, Change::MoveEnd { after_ms }])
    }

    /// Mostly a moment, often none at all (so that commands meet), sometimes to a hold's expiry.
    fn tick(&mut self) {
        let expiry_ms = self.holds.iter().map(|(_, expires_at_ms)| *expires_at_ms).find(|at_ms| *at_ms >= self.at_ms);
        self.at_ms = match (self.rng.between(0, 99), expiry_ms) {
            (0..=2, Some(expiry_ms)) => expiry_ms + self.rng.between(-1, 20),
            (3, _) => self.at_ms + self.rng.between(0, 20_000),
            (4, _) => self.at_ms + self.rng.between(0, HOUR_MS),
            (5..=40, _) => self.at_ms,
            _ => self.at_ms + self.rng.between(0, 30),
        };
    }

    fn command(&mut self) -> Command {
        let node = self.node();
        match self.rng.between(0, 99) {
            0..=29 => self.charge(node),
            30..=54 => self.reserve(node),
            55..=71 => Command::Settle { hold: self.hold(), cost: self.amount() },
            72..=76 => Command::Release { hold: self.hold() },
            77..=81 => {
                let (ttl_ms, cost) = (self.ttl_ms(), self.amount());
                let (ttl_ms, cost) =
                    self.rng.pick(&[(Some(ttl_ms), None), (None, Some(cost)), (Some(ttl_ms), Some(cost))]);
                Command::Extend { hold: self.hold(), ttl_ms, cost }
            }
            82..=88 => Command::Validate { node },
            89..=92 => Command::Budgets { node },
            93..=94 => {
                // Often generous, so that a spent tree lives again.
                let (low, high) = (self.rng.between(0, 12) * CENT, self.rng.between(20, 200) * CENT);
                let cap = self.rng.pick(&[Some(low), Some(high), Some(high), None]);
                Command::SetBudget { node, cap: Some(cap), rule: None }
            }
            // Mostly a leaf: under a revoked root nothing happens any more.
            95 if self.rng.one_in(2) => {
                let leaf = self.nodes[self.nodes.len() - 1];
                Command::Revoke { node: self.rng.pick(&[leaf, leaf, leaf, node]) }
            }
            96 => {
                let mint = self.mint(Some(node));
                if let Command::Mint { node, .. } = mint {
                    self.nodes.push(node);
                }
                mint
            }
            98 => Command::Touch { node },
            _ => self.repeat().unwrap_or(Command::Budgets { node }),
        }
    }

    fn charge(&mut self, node: NodeId) -> Command {
        let key = self.key();
        let command = Command::Charge { node, cost: self.amount(), overdraft: self.rng.one_in(25), key };
        self.remember(&command);
        command
    }

    fn reserve(&mut self, node: NodeId) -> Command {
        let (hold, ttl_ms, cost, key) = (self.fresh_id(), self.ttl_ms(), self.amount(), self.key());
        self.holds.push((hold, self.at_ms + ttl_ms));
        let at_least = self.rng.one_in(4).then(|| self.rng.between(0, cost));
        let command = Command::Reserve { node, hold, cost, at_least, whole_cents: false, ttl_ms, key };
        self.remember(&command);
        command
    }

    fn remember(&mut self, command: &Command) {
        if let Command::Charge { key: Some(_), .. } | Command::Reserve { key: Some(_), .. } = command {
            self.keyed.push(command.clone());
        }
    }

    fn key(&mut self) -> Option<String> {
        self.rng.one_in(4).then(|| format!("k{}", self.next_op))
    }

    /// The same again under the same idempotency key, as a client does that heard nothing.
    fn repeat(&mut self) -> Option<Command> {
        let recent = self.keyed.len().saturating_sub(12);
        let keyed = self.keyed.get(recent..).filter(|keyed| !keyed.is_empty())?;
        let mut command = self.rng.pick(keyed);
        let other = self.rng.one_in(8);
        match &mut command {
            Command::Charge { cost, .. } if other => *cost += 1,
            Command::Reserve { hold, .. } => *hold = self.fresh_id(),
            _ => {}
        }
        Some(command)
    }

    fn ttl_ms(&mut self) -> i64 {
        let odd_ms = self.rng.between(1_000, 9_000);
        self.rng.pick(&[1_000, 1_000, 2_000, odd_ms, 300_000])
    }

    /// At the end everybody asks after everything: no hold may be left.
    fn questions(&mut self) {
        for node in self.nodes.clone() {
            for process in 0..self.processes {
                self.push_op(process, Command::Budgets { node });
                self.at_ms += 2_000;
            }
        }
    }

    fn call(&mut self) -> Call {
        let (request_ms, response_ms) = (self.rng.between(0, 8), self.rng.between(0, 8));
        let slow_ms = self.rng.between(100, 3_000);
        let fault = CallFault::None;
        let usual = Call { request_ms, response_ms, fault };
        match self.rng.between(0, 99) {
            0..=1 => Call { fault: CallFault::RequestLost, ..usual },
            2..=3 => Call { fault: CallFault::ResponseLost, ..usual },
            4..=5 => Call { response_ms: slow_ms, ..usual },
            6..=7 => Call { request_ms: slow_ms, ..usual },
            8..=9 => Call { fault: CallFault::Busy, ..usual },
            _ => usual,
        }
    }
}
