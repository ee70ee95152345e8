//! Plays a scenario in virtual time and writes down what happened.

use crate::bridge;
use crate::history::{Commit, Entry, Line, Node};
use crate::process::{Ask, Flaw, Process};
use crate::scenario::{self, Call, CallFault, Scenario};
use crate::store::{CommitRequest, CommitResult, Found, Ref, RowName, Store};
use keyrail_core::amount::Microcents;
use keyrail_core::ledger::{EntryKind, NodeRow};
use keyrail_model::{Command, HoldId, NodeId};
use std::collections::BTreeMap;

/// How long a process waits for the store before it calls the outcome unknown.
const TIME_OUT_MS: i64 = 200;
/// How long it waits after `busy`.
const BUSY_MS: i64 = 7;

/// What a process sent to the store.
#[derive(Debug)]
enum Request {
    Read(Vec<Ref>),
    Commit(CommitRequest),
}

#[derive(Debug)]
enum Response {
    Found(Found),
    Result(CommitResult),
}

/// Something that will happen.
#[derive(Debug)]
enum Happening {
    /// The n-th line of the scenario.
    Line(usize),
    /// A call reaches the store.
    AtStore(u64),
    /// Its answer reaches the process.
    AtProcess(u64, Response),
    /// The process stops waiting for it.
    TimeOut(u64),
    /// A wait after `busy` is over.
    Resume { process: usize, epoch: u64, tree: NodeId },
}

/// A call on its way.
#[derive(Debug)]
struct Flight {
    process: usize,
    epoch: u64,
    tree: NodeId,
    request: Request,
    call: Call,
    /// Whether the process still waits for it.
    is_awaited: bool,
}

#[derive(Debug)]
struct World {
    t: i64,
    lines: Vec<scenario::Line>,
    agenda: BTreeMap<(i64, u64), Happening>,
    next_place: u64,
    flights: BTreeMap<u64, Flight>,
    calls: Vec<Call>,
    next_call: u64,
    noisy_ms: std::ops::Range<i64>,
    store: Store,
    processes: Vec<(Process, u64)>,
    skews_ms: Vec<i64>,
    trees: Trees,
    flaw: Flaw,
    history: Vec<Line>,
}

/// Which tree a command belongs to; holds keep their tree in their id.
#[derive(Debug, Default)]
struct Trees {
    of_node: BTreeMap<NodeId, NodeId>,
    of_hold: BTreeMap<HoldId, NodeId>,
}

impl Trees {
    fn new(lines: &[scenario::Line]) -> Self {
        let mut trees = Self::default();
        for line in lines {
            let scenario::Line::Op { command, .. } = line else { continue };
            match command {
                Command::Mint { node, parent, .. } => {
                    let tree = parent.and_then(|parent| trees.of_node.get(&parent).copied()).unwrap_or(*node);
                    trees.of_node.insert(*node, tree);
                }
                Command::Reserve { node, hold, .. } => {
                    let tree = trees.of_node.get(node).copied().unwrap_or_default();
                    trees.of_hold.insert(*hold, tree);
                }
                _ => {}
            }
        }
        trees
    }

    fn of(&self, command: &Command) -> NodeId {
        let of_node = command.node().and_then(|node| self.of_node.get(&node));
        let of_hold = command.hold().and_then(|hold| self.of_hold.get(&hold));
        of_node.or(of_hold).copied().unwrap_or_default()
    }
}

/// Plays a scenario with sound processes.
pub fn run(scenario: &Scenario) -> Vec<Line> {
    run_flawed(scenario, Flaw::None)
}

/// Plays a scenario with processes that have a defect.
pub fn run_flawed(scenario: &Scenario, flaw: Flaw) -> Vec<Line> {
    let mut world = World::new(scenario, flaw);
    while let Some(((t, _), happening)) = world.agenda.pop_first() {
        world.t = t;
        world.happen(happening);
    }
    world.history.push(Line::End { t: world.t });
    world.history
}

impl World {
    fn new(scenario: &Scenario, flaw: Flaw) -> Self {
        let mut world = Self {
            t: 0,
            lines: scenario.lines.clone(),
            agenda: BTreeMap::new(),
            next_place: 0,
            flights: BTreeMap::new(),
            calls: Vec::new(),
            next_call: 0,
            noisy_ms: 0..0,
            store: Store::default(),
            processes: Vec::new(),
            skews_ms: Vec::new(),
            trees: Trees::new(&scenario.lines),
            flaw,
            history: Vec::new(),
        };
        for (place, line) in scenario.lines.iter().enumerate() {
            match *line {
                scenario::Line::Scenario { processes, noisy_at_ms, quiet_at_ms, .. } => {
                    world.processes = (0..processes).map(|_| (Process::new(flaw), 0)).collect();
                    world.skews_ms = vec![0; processes];
                    world.noisy_ms = noisy_at_ms..quiet_at_ms;
                }
                scenario::Line::Call(call) => world.calls.push(call),
                scenario::Line::Skew { at_ms, .. }
                | scenario::Line::Crash { at_ms, .. }
                | scenario::Line::Edit { at_ms, .. }
                | scenario::Line::Op { at_ms, .. } => world.plan(at_ms, Happening::Line(place)),
            }
        }
        world
    }

    fn plan(&mut self, at_ms: i64, happening: Happening) {
        self.agenda.insert((at_ms, self.next_place), happening);
        self.next_place += 1;
    }

    /// A process reads its clock.
    fn clock(&mut self, process: usize) -> i64 {
        let now_ms = self.t + self.skews_ms[process];
        self.history.push(Line::Clock { process, now_ms });
        now_ms
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Line(place) => self.follow(place),
            Happening::AtStore(id) => self.at_store(id),
            Happening::AtProcess(id, response) => {
                if let Some((process, tree, _)) = self.awaited(id) {
                    let now_ms = self.clock(process);
                    let target = &mut self.processes[process].0;
                    let asks = match response {
                        Response::Found(found) => target.read(now_ms, tree, found),
                        Response::Result(result) => target.committed(now_ms, tree, result),
                    };
                    self.carry_out(process, asks);
                }
            }
            Happening::TimeOut(id) => {
                if let Some((process, tree, is_read)) = self.awaited(id) {
                    let target = &mut self.processes[process].0;
                    let asks = if is_read { target.read_lost(tree) } else { target.commit_lost(tree) };
                    self.carry_out(process, asks);
                }
            }
            Happening::Resume { process, epoch, tree } => {
                if self.processes[process].1 == epoch {
                    let now_ms = self.clock(process);
                    let asks = self.processes[process].0.resume(now_ms, tree);
                    self.carry_out(process, asks);
                }
            }
        }
    }

    fn follow(&mut self, place: usize) {
        match self.lines[place].clone() {
            scenario::Line::Skew { process, skew_ms, .. } => self.skews_ms[process] = skew_ms,
            scenario::Line::Crash { process, .. } => {
                self.history.push(Line::Crash { t: self.t, process });
                let epoch = self.processes[process].1 + 1;
                self.processes[process] = (Process::new(self.flaw), epoch);
            }
            scenario::Line::Edit { node, change, .. } => {
                let edited = self.store.edit(self.t, node, change);
                self.history.extend(edited.map(|edited| Line::Edit { t: self.t, node, edited }));
            }
            scenario::Line::Op { process, op, command, .. } => {
                self.history.push(Line::Arrive { t: self.t, op, process, command: command.clone() });
                let now_ms = self.clock(process);
                let tree = self.trees.of(&command);
                let asks = self.processes[process].0.arrive(now_ms, tree, op, command);
                self.carry_out(process, asks);
            }
            scenario::Line::Scenario { .. } | scenario::Line::Call(_) => {}
        }
    }

    /// Whose call it is, if its process is still there and waits; it waits no more.
    fn awaited(&mut self, id: u64) -> Option<(usize, NodeId, bool)> {
        let flight = self.flights.get_mut(&id)?;
        let is_awaited = std::mem::take(&mut flight.is_awaited) && self.processes[flight.process].1 == flight.epoch;
        is_awaited.then_some((flight.process, flight.tree, matches!(flight.request, Request::Read(_))))
    }

    fn carry_out(&mut self, process: usize, asks: Vec<Ask>) {
        let epoch = self.processes[process].1;
        for ask in asks {
            match ask {
                Ask::Read(tree, refs) => self.send(process, tree, Request::Read(refs)),
                Ask::Commit(tree, request) => self.send(process, tree, Request::Commit(request)),
                Ask::Wait(tree) => self.plan(self.t + BUSY_MS, Happening::Resume { process, epoch, tree }),
                Ask::Answer(op, answer) => self.history.push(Line::Answer { t: self.t, op, answer }),
            }
        }
    }

    fn send(&mut self, process: usize, tree: NodeId, request: Request) {
        let id = self.next_call;
        self.next_call += 1;
        let sound = Call { request_ms: 1, response_ms: 1, fault: CallFault::None };
        let place = id as usize % self.calls.len().max(1);
        let planned = self.calls.get(place).copied().filter(|_| self.noisy_ms.contains(&self.t));
        let call = planned.unwrap_or(sound);
        let epoch = self.processes[process].1;
        self.flights.insert(id, Flight { process, epoch, tree, request, call, is_awaited: true });
        if call.fault != CallFault::RequestLost {
            self.plan(self.t + call.request_ms, Happening::AtStore(id));
        }
        self.plan(self.t + TIME_OUT_MS, Happening::TimeOut(id));
    }

    fn at_store(&mut self, id: u64) {
        let Some(flight) = self.flights.get(&id) else { return };
        let call = flight.call;
        let response = match &flight.request {
            Request::Read(refs) => Response::Found(self.store.read(refs)),
            Request::Commit(_) if call.fault == CallFault::Busy => Response::Result(CommitResult::Busy),
            Request::Commit(request) => {
                let mut request = request.clone();
                if self.flaw == Flaw::RootUnchecked {
                    let root = RowName::Node(request.tree);
                    let current = self.store.version(root);
                    request.checks.iter_mut().filter(|(name, _)| *name == root).for_each(|check| check.1 = current);
                }
                let result = self.store.commit(&request);
                if matches!(result, CommitResult::Done(_)) {
                    self.history.push(Line::Commit(written(self.t, &request)));
                }
                Response::Result(result)
            }
        };
        if call.fault != CallFault::ResponseLost {
            self.plan(self.t + call.response_ms, Happening::AtProcess(id, response));
        }
    }
}

/// An accepted commit as the history tells it.
fn written(t: i64, request: &CommitRequest) -> Commit {
    let entries = request.entries.iter().map(|stored| {
        let row = &stored.row;
        Entry {
            seq: row.seq,
            op: stored.op,
            kind: kind_name(row.kind).to_owned(),
            node: row.node.0,
            at_ms: row.at_ms,
            amount: row.amount.get(),
            hold: stored.hold,
            expires_at_ms: row.expires_at_ms,
            used: row.used.get(),
            remaining: row.remaining.map(Microcents::get),
            overdraft: row.overdraft.get(),
            late: row.late,
        }
    });
    Commit { t, tree: request.tree, entries: entries.collect(), nodes: request.nodes.iter().map(node_line).collect() }
}

fn node_line(row: &NodeRow) -> Node {
    let budget = &row.state.budget;
    Node {
        node: row.id.0,
        cap: budget.cap.map(Microcents::get),
        spent: budget.spent.get(),
        buckets: budget.buckets.iter().map(|bucket| (bucket.expires_at_ms, bucket.held.get())).collect(),
        window_start_ms: budget.window_start_ms,
        reset_at_ms: budget.reset_at_ms,
        rule: budget.rule.map(bridge::plain_rule),
        revoked: row.state.revoked_at_ms.is_some(),
        root: row.state.root.map(|root| (root.seq, root.greatest_now_ms)),
    }
}

fn kind_name(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Charge => "charge",
        EntryKind::Reserve => "reserve",
        EntryKind::Settle => "settle",
        EntryKind::Release => "release",
        EntryKind::Extend => "extend",
        EntryKind::Mint => "mint",
        EntryKind::Revoke => "revoke",
        EntryKind::SetBudget => "set_budget",
        EntryKind::Adjust => "adjust",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::Op;
    use std::collections::BTreeSet;

    #[test]
    fn a_seed_is_a_whole_run() {
        let scenario = scenario::generate(3, 60);
        assert_eq!(scenario, scenario::generate(3, 60));
        assert_eq!(run(&scenario), run(&scenario));
        let ids: BTreeSet<Op> = run(&scenario).iter().filter_map(answered).collect();
        assert!(ids.len() > 40, "{}", ids.len());
    }

    fn answered(line: &Line) -> Option<Op> {
        match line {
            Line::Answer { op, .. } => Some(*op),
            _ => None,
        }
    }
}
