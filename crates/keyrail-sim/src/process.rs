//! One process of a run: its resident ledger, its versions and a small request loop.
//!
//! Commands on one tree queue behind the round in flight and go together. A round decides from the
//! cached rows; whatever writes nothing is answered only from rows read after its commands came.
//! After a commit of unknown outcome the entries of its commands are looked for, and a command
//! that then writes nothing is answered only behind a commit that puts the root: the lost commit
//! can land no more.

use crate::bridge::{Absent, Bridge};
use crate::columns::Edited;
use crate::history::Op;
use crate::store::{CommitRequest, CommitResult, Found, Key, Ref, RowName, StoredEntry, Version};
use keyrail_core::ledger::{self, NodeHandle};
use keyrail_model::{Answer, Command, NodeId, Reason};
use serde_json::Value;
use std::collections::BTreeMap;

/// Deliberate defects, to show that the checker sees them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// None.
    None,
    /// What others hold is not seen.
    HeldIsForgotten,
    /// A denial is given from cached rows.
    StaleDenials,
    /// After a lost answer the command is simply sent again.
    BlindRetry,
    /// The store does not check the root.
    RootUnchecked,
    /// A denial after a lost answer is given although the lost commit can still land.
    Unfenced,
    /// What others wrote into a row is not seen, and written over.
    EditsIgnored,
    /// It is taken in again after the commit that took it in.
    EditsTwice,
}

/// What a process asks of the world.
#[derive(Debug)]
pub enum Ask {
    /// Read from the store.
    Read(NodeId, Vec<Ref>),
    /// Commit to the store.
    Commit(NodeId, CommitRequest),
    /// Come back to the tree soon.
    Wait(NodeId),
    /// A command is answered.
    Answer(Op, Value),
}

/// A command that a process works on.
#[derive(Clone, Debug)]
struct Task {
    op: Op,
    command: Command,
    /// Whether a commit with it in it may have been carried out unseen.
    is_uncertain: bool,
}

/// The commands of one tree.
#[derive(Debug, Default)]
struct Lane {
    waiting: Vec<Task>,
    active: Vec<Task>,
    /// What was read since the active commands came.
    read: Option<Vec<StoredEntry>>,
    /// The answers that wait for the commit in flight.
    answers: Vec<Value>,
    /// The commands behind the entries of the open batch, in order; none behind an edit taken in.
    writers: Vec<(Option<Op>, Option<Key>)>,
}

/// A process.
#[derive(Debug)]
pub struct Process {
    bridge: Bridge,
    versions: BTreeMap<RowName, Version>,
    /// What others wrote into rows that are here.
    edits: BTreeMap<NodeId, Edited>,
    lanes: BTreeMap<NodeId, Lane>,
    flaw: Flaw,
}

impl Process {
    /// A process that knows nothing yet.
    pub fn new(flaw: Flaw) -> Self {
        Self {
            bridge: Bridge::default(),
            versions: BTreeMap::new(),
            edits: BTreeMap::new(),
            lanes: BTreeMap::new(),
            flaw,
        }
    }

    /// A command on a tree came.
    pub fn arrive(&mut self, now_ms: i64, tree: NodeId, op: Op, command: Command) -> Vec<Ask> {
        let lane = self.lanes.entry(tree).or_default();
        lane.waiting.push(Task { op, command, is_uncertain: false });
        if lane.active.is_empty() { self.next_round(now_ms, tree) } else { Vec::new() }
    }

    /// A read was answered.
    pub fn read(&mut self, now_ms: i64, tree: NodeId, found: Found) -> Vec<Ask> {
        self.reject(tree);
        for (mut row, version) in found.nodes {
            if self.flaw == Flaw::HeldIsForgotten {
                row.state.budget.buckets.clear();
            }
            self.versions.insert(RowName::Node(row.id.0), version);
            self.edits.remove(&row.id.0);
            self.bridge.ledger.load_node(row).expect("a chain is read root first");
        }
        if self.flaw != Flaw::EditsIgnored {
            self.edits.extend(found.edits);
        }
        for (id, row, version) in found.holds {
            self.versions.insert(RowName::Hold(id), version);
            self.bridge.load_hold(id, row).expect("a hold is read after its chain");
        }
        self.lane(tree).read = Some(found.entries);
        self.decide(now_ms, tree)
    }

    /// A commit was answered.
    pub fn committed(&mut self, now_ms: i64, tree: NodeId, result: CommitResult) -> Vec<Ask> {
        match result {
            CommitResult::Done(versions) => {
                if self.flaw != Flaw::EditsTwice {
                    self.edits.retain(|node, _| versions.iter().all(|(name, _)| *name != RowName::Node(*node)));
                }
                self.versions.extend(versions);
                self.finish(now_ms, tree)
            }
            CommitResult::Conflict => {
                self.reject(tree);
                self.read_all(tree)
            }
            CommitResult::Busy => {
                self.reject(tree);
                vec![Ask::Wait(tree)]
            }
        }
    }

    /// The wait is over.
    pub fn resume(&mut self, now_ms: i64, tree: NodeId) -> Vec<Ask> {
        self.decide(now_ms, tree)
    }

    /// A read gave no answer.
    pub fn read_lost(&mut self, tree: NodeId) -> Vec<Ask> {
        self.read_all(tree)
    }

    /// A commit gave no answer.
    pub fn commit_lost(&mut self, tree: NodeId) -> Vec<Ask> {
        self.reject(tree);
        let is_blind = self.flaw == Flaw::BlindRetry;
        for task in &mut self.lane(tree).active {
            task.is_uncertain = !is_blind;
        }
        self.read_all(tree)
    }

    fn lane(&mut self, tree: NodeId) -> &mut Lane {
        self.lanes.entry(tree).or_default()
    }

    fn root(&self, tree: NodeId) -> Option<NodeHandle> {
        self.bridge.ledger.handle_of(ledger::NodeId(tree))
    }

    fn reject(&mut self, tree: NodeId) {
        if let Some(root) = self.root(tree) {
            self.bridge.reject(root);
        }
    }

    fn next_round(&mut self, now_ms: i64, tree: NodeId) -> Vec<Ask> {
        let lane = self.lane(tree);
        // A commit adds one node at most, so a second mint and what follows it wait.
        let is_mint = |task: &&Task| matches!(task.command, Command::Mint { .. });
        let second = lane.waiting.iter().enumerate().filter(|(_, task)| is_mint(task)).map(|(place, _)| place).nth(1);
        let later = lane.waiting.split_off(second.unwrap_or(lane.waiting.len()));
        lane.active = std::mem::replace(&mut lane.waiting, later);
        lane.read = None;
        if lane.active.is_empty() { Vec::new() } else { self.decide(now_ms, tree) }
    }

    fn read_all(&mut self, tree: NodeId) -> Vec<Ask> {
        let mut refs = vec![Ref::Node(tree)];
        for task in &self.lane(tree).active {
            refs.extend(refs_of(&task.command));
            refs.extend(key_of(&task.command).map(Ref::Key));
            if task.is_uncertain {
                refs.push(Ref::Op(task.op));
            }
        }
        vec![Ask::Read(tree, refs)]
    }

    /// Decides the active commands one after another and asks for what that takes.
    fn decide(&mut self, now_ms: i64, tree: NodeId) -> Vec<Ask> {
        let active = self.lane(tree).active.clone();
        let read = self.lane(tree).read.clone();
        self.lane(tree).writers.clear();
        self.take_in_edits(now_ms, tree);
        let mut answers = Vec::new();
        let mut must_fence = false;
        for task in &active {
            let entries = read.as_deref().unwrap_or_default();
            let is_own = |entry: &&StoredEntry| task.is_uncertain && entry.op == Some(task.op);
            let key = key_of(&task.command);
            let is_first = |entry: &&StoredEntry| key.is_some() && entry.key == key;
            let must_look = (task.is_uncertain || key.is_some()) && read.is_none();
            let (answer, writes) = if must_look {
                (None, false)
            } else if let Some(entry) = entries.iter().find(is_own) {
                (Some(self.replay(entry, &task.command, false)), true)
            } else if let Some(entry) = entries.iter().find(is_first) {
                (Some(self.replay(entry, &task.command, true)), false)
            } else {
                self.decide_one(now_ms, tree, task)
            };
            let is_stale = read.is_none() && !(self.flaw == Flaw::StaleDenials && answer.is_some());
            match answer {
                Some(answer) if writes || !is_stale => answers.push(answer),
                None if read.is_some() => answers.push(json(&Answer::Unknown)),
                _ => {
                    self.reject(tree);
                    return self.read_all(tree);
                }
            }
            must_fence |= task.is_uncertain && !writes && self.flaw != Flaw::Unfenced;
        }
        self.lane(tree).answers = answers;
        let request = self.request(tree, must_fence);
        match request {
            None => self.finish(now_ms, tree),
            Some(request) => vec![Ask::Commit(tree, request)],
        }
    }

    /// What others wrote into rows of this tree is taken in first, from the root down: what counts on
    /// a node from below must not be in it yet when its own columns are compared.
    fn take_in_edits(&mut self, now_ms: i64, tree: NodeId) {
        let root = self.root(tree);
        for (node, edited) in self.edits.clone() {
            let Edited { used_cents, reset_at_ms } = edited;
            if root.is_none() || self.bridge.root(node) != root {
                continue;
            }
            let adjust = Command::Adjust { node, used_cents, reset_at_ms };
            self.bridge.decide(now_ms, &adjust).expect("an edited row is resident");
            self.lane(tree).writers.push((None, None));
        }
    }

    /// The answer of the ledger, and whether it wrote. An earlier command of the round may have
    /// used the same idempotency key.
    fn decide_one(&mut self, now_ms: i64, tree: NodeId, task: &Task) -> (Option<Value>, bool) {
        if let Some(key) = key_of(&task.command)
            && let Some(entry) = self.pending_with(tree, &key)
        {
            return (Some(self.replay(&entry, &task.command, true)), false);
        }
        let before = self.pending(tree);
        match self.bridge.decide(now_ms, &task.command) {
            Ok(answer) => {
                let writes = self.pending(tree) != before;
                if writes {
                    self.lane(tree).writers.push((Some(task.op), key_of(&task.command)));
                }
                (Some(json(&answer)), writes || answer == Answer::Touched)
            }
            Err(Absent::Node(_) | Absent::Hold(_) | Absent::Row(_)) => (None, false),
        }
    }

    fn pending(&self, tree: NodeId) -> usize {
        self.root(tree).map_or(0, |root| self.bridge.ledger.pending_entries(root).len())
    }

    /// The entry that an earlier command of the round is about to append under the same key.
    fn pending_with(&self, tree: NodeId, key: &Key) -> Option<StoredEntry> {
        self.entries(tree).into_iter().find(|entry| entry.key.as_ref() == Some(key))
    }

    /// The open batch's entries with their commands.
    fn entries(&self, tree: NodeId) -> Vec<StoredEntry> {
        let (Some(root), Some(lane)) = (self.root(tree), self.lanes.get(&tree)) else { return Vec::new() };
        let rows = self.bridge.ledger.pending_entries(root);
        let stored = rows.iter().zip(&lane.writers).map(|(row, (op, key))| {
            let hold = row.hold.and_then(|hold| self.bridge.hold_id(hold));
            StoredEntry { row: row.clone(), hold, op: *op, key: key.clone() }
        });
        stored.collect()
    }

    fn replay(&self, entry: &StoredEntry, command: &Command, is_by_key: bool) -> Value {
        let cost = match command {
            Command::Charge { cost, .. } | Command::Reserve { cost, .. } => *cost,
            _ => 0,
        };
        if is_by_key && entry.row.asked.get() != cost {
            return json(&Answer::Refused { reason: Reason::IdempotencyKeyReused, binding: None, requested: 0 });
        }
        crate::replay::answer(entry, &self.bridge)
    }

    /// What must be committed for the answers to be true.
    fn request(&self, tree: NodeId, must_fence: bool) -> Option<CommitRequest> {
        let root = self.root(tree)?;
        let changes = self.bridge.changes(root);
        if changes.is_empty() && !must_fence {
            return None;
        }
        let id = |handle: NodeHandle| self.bridge.ledger.node_row(handle).map(|row| row.id.0);
        let read = changes.nodes_read.iter().chain(&changes.nodes_put).chain(Some(&root)).filter_map(|node| id(*node));
        let holds = changes.holds_read.iter().chain(&changes.holds_put);
        let holds = holds.filter_map(|hold| self.bridge.hold_id(*hold));
        let mut names: Vec<RowName> = read.map(RowName::Node).chain(holds.map(RowName::Hold)).collect();
        names.sort();
        names.dedup();
        let mut nodes: Vec<NodeHandle> = changes.nodes_put.iter().copied().chain(must_fence.then_some(root)).collect();
        nodes.sort();
        nodes.dedup();
        let mut holds: Vec<u64> = changes.holds_put.iter().filter_map(|hold| self.bridge.hold_id(*hold)).collect();
        holds.sort_unstable();
        holds.dedup();
        Some(CommitRequest {
            tree,
            checks: names.into_iter().map(|name| (name, self.versions.get(&name).copied())).collect(),
            nodes: nodes.into_iter().filter_map(|node| self.bridge.ledger.node_row(node).cloned()).collect(),
            holds: holds.into_iter().filter_map(|id| Some((id, self.bridge.hold_row(id)?.clone()))).collect(),
            entries: self.entries(tree),
        })
    }

    /// The answers are true now.
    fn finish(&mut self, now_ms: i64, tree: NodeId) -> Vec<Ask> {
        if let Some(root) = self.root(tree) {
            self.bridge.accept(root);
        }
        let lane = self.lane(tree);
        let active = std::mem::take(&mut lane.active);
        let answers = std::mem::take(&mut lane.answers);
        let mut asks: Vec<Ask> =
            active.into_iter().zip(answers).map(|(task, answer)| Ask::Answer(task.op, answer)).collect();
        asks.append(&mut self.next_round(now_ms, tree));
        asks
    }
}

fn json(answer: &Answer) -> Value {
    serde_json::to_value(answer).expect("an answer is plain data")
}

/// The rows that a command needs.
fn refs_of(command: &Command) -> Option<Ref> {
    match command {
        Command::Mint { parent, .. } => parent.map(Ref::Node),
        _ => command.node().map(Ref::Node).or(command.hold().map(Ref::Hold)),
    }
}

fn key_of(command: &Command) -> Option<Key> {
    match command {
        Command::Charge { node, key: Some(key), .. } => Some((*node, true, key.clone())),
        Command::Reserve { node, key: Some(key), .. } => Some((*node, false, key.clone())),
        _ => None,
    }
}
