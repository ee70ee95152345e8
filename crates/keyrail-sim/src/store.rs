//! A store in memory that keeps the laws of the contract: versions, every check or nothing, the
//! root gating its tree.

use keyrail_core::ledger::{EntryRow, HoldRow, NodeRow};
use keyrail_model::{HoldId, NodeId};
use std::collections::BTreeMap;

use crate::columns::{Change, Edited};
use crate::history::Op;

const CENT: i64 = 1_000_000;

/// What a row's state is called; it changes with the row.
pub type Version = u64;

/// Names a row that is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowName {
    /// A node.
    Node(NodeId),
    /// A hold.
    Hold(HoldId),
}

/// An idempotency key with what it belongs to: the node, and whether it is a charge.
pub type Key = (NodeId, bool, String);

/// An entry with what only the host knows.
#[derive(Clone, Debug)]
pub struct StoredEntry {
    /// The ledger's part. Its hold handle means nothing here.
    pub row: EntryRow,
    /// The hold, by its plain id.
    pub hold: Option<HoldId>,
    /// The command that it came from; none where an edit was taken in.
    pub op: Option<Op>,
    /// Its idempotency key.
    pub key: Option<Key>,
}

/// What to read.
#[derive(Clone, Debug, PartialEq)]
pub enum Ref {
    /// The chain of a node.
    Node(NodeId),
    /// A hold and its chain.
    Hold(HoldId),
    /// The entry of a command, its hold and its chain.
    Op(Op),
    /// The entry of an idempotency key, its hold and its chain.
    Key(Key),
}

/// What was read.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Nodes, each after its parent.
    pub nodes: Vec<(NodeRow, Version)>,
    /// What others wrote into some of them.
    pub edits: BTreeMap<NodeId, Edited>,
    /// Holds.
    pub holds: Vec<(HoldId, HoldRow, Version)>,
    /// Entries.
    pub entries: Vec<StoredEntry>,
}

/// Rows to be put if every check matches.
#[derive(Clone, Debug, Default)]
pub struct CommitRequest {
    /// The tree.
    pub tree: NodeId,
    /// The version that each row must have; `None`: it must not exist.
    pub checks: Vec<(RowName, Option<Version>)>,
    /// Nodes to put.
    pub nodes: Vec<NodeRow>,
    /// Holds to put.
    pub holds: Vec<(HoldId, HoldRow)>,
    /// Entries to append.
    pub entries: Vec<StoredEntry>,
}

/// What became of a commit.
#[derive(Clone, Debug)]
pub enum CommitResult {
    /// It is done; these are the new versions.
    Done(Vec<(RowName, Version)>),
    /// A check failed.
    Conflict,
    /// A row could not be locked.
    Busy,
}

/// The store.
#[derive(Debug, Default)]
pub struct Store {
    nodes: BTreeMap<NodeId, (NodeRow, Version)>,
    /// The public columns where they are not what was last put.
    edits: BTreeMap<NodeId, Edited>,
    holds: BTreeMap<HoldId, (HoldRow, Version)>,
    entries: Vec<StoredEntry>,
    last_version: Version,
}

impl Store {
    /// Reads the rows behind each ref.
    pub fn read(&self, refs: &[Ref]) -> Found {
        let mut found = Found::default();
        for wanted in refs {
            match wanted {
                Ref::Node(node) => self.read_chain(*node, &mut found),
                Ref::Hold(hold) => self.read_hold(*hold, &mut found),
                Ref::Op(op) => self.read_entry(|entry| entry.op == Some(*op), &mut found),
                Ref::Key(key) => self.read_entry(|entry| entry.key.as_ref() == Some(key), &mut found),
            }
        }
        found
    }

    fn read_chain(&self, node: NodeId, found: &mut Found) {
        let Some(stored) = self.nodes.get(&node) else { return };
        if let Some(parent) = stored.0.parent {
            self.read_chain(parent.0, found);
        }
        if found.nodes.iter().all(|(row, _)| row.id != stored.0.id) {
            found.nodes.push(stored.clone());
            found.edits.extend(self.edits.get(&node).map(|edited| (node, *edited)));
        }
    }

    fn read_hold(&self, hold: HoldId, found: &mut Found) {
        let Some((row, version)) = self.holds.get(&hold) else { return };
        self.read_chain(row.node.0, found);
        found.holds.push((hold, row.clone(), *version));
    }

    fn read_entry(&self, is_wanted: impl Fn(&StoredEntry) -> bool, found: &mut Found) {
        let Some(entry) = self.entries.iter().find(|entry| is_wanted(entry)) else { return };
        self.read_chain(entry.row.node.0, found);
        if let Some(hold) = entry.hold {
            self.read_hold(hold, found);
        }
        found.entries.push(entry.clone());
    }

    /// The version of a row.
    pub fn version(&self, name: RowName) -> Option<Version> {
        match name {
            RowName::Node(id) => self.nodes.get(&id).map(|(_, version)| *version),
            RowName::Hold(id) => self.holds.get(&id).map(|(_, version)| *version),
        }
    }

    /// Puts every row, or none.
    pub fn commit(&mut self, request: &CommitRequest) -> CommitResult {
        if let Some(fault) = malformed(request) {
            // A host that breaks the contract's shape is a defect of this simulator.
            panic!("{fault}: {request:?}");
        }
        if request.checks.iter().any(|(name, version)| self.version(*name) != *version) {
            return CommitResult::Conflict;
        }
        let mut versions = Vec::new();
        for row in &request.nodes {
            let version = self.next_version();
            self.nodes.insert(row.id.0, (row.clone(), version));
            self.edits.remove(&row.id.0);
            versions.push((RowName::Node(row.id.0), version));
        }
        for (id, row) in &request.holds {
            let version = self.next_version();
            self.holds.insert(*id, (row.clone(), version));
            versions.push((RowName::Hold(*id), version));
        }
        self.entries.extend(request.entries.iter().cloned());
        CommitResult::Done(versions)
    }

    /// Another program writes a row's public columns at its own time `t`; the row's version moves.
    /// Gives what they say then, unless there is no such row.
    pub fn edit(&mut self, t: i64, node: NodeId, change: Change) -> Option<Option<Edited>> {
        let version = self.next_version();
        let (row, stored_version) = self.nodes.get_mut(&node)?;
        let budget = &row.state.budget;
        let put = Edited { used_cents: budget.spent.get().div_euclid(CENT), reset_at_ms: budget.reset_at_ms };
        let columns = change.of(self.edits.get(&node).copied().unwrap_or(put), t);
        *stored_version = version;
        let edited = Some(columns).filter(|columns| *columns != put);
        self.edits.remove(&node);
        self.edits.extend(edited.map(|edited| (node, edited)));
        Some(edited)
    }

    fn next_version(&mut self) -> Version {
        self.last_version += 1;
        self.last_version
    }
}

/// Why a store must refuse the shape of a commit.
fn malformed(request: &CommitRequest) -> Option<&'static str> {
    let check =
        |name: RowName| request.checks.iter().find(|(checked, _)| *checked == name).map(|(_, version)| *version);
    let nodes = request.nodes.iter().map(|row| RowName::Node(row.id.0));
    let puts: Vec<RowName> = nodes.chain(request.holds.iter().map(|(id, _)| RowName::Hold(*id))).collect();
    if puts.iter().any(|name| check(*name).is_none()) {
        return Some("a put is not checked");
    }
    if puts.iter().enumerate().any(|(place, name)| puts[..place].contains(name)) {
        return Some("a row is put twice");
    }
    let is_new = |name: &&RowName| check(**name) == Some(None);
    let new_nodes = puts.iter().filter(is_new).filter(|name| matches!(name, RowName::Node(_))).count();
    if new_nodes > 1 {
        return Some("two nodes are new");
    }
    let inserts = !request.entries.is_empty() || puts.iter().any(|name| check(*name) == Some(None));
    if inserts && !puts.contains(&RowName::Node(request.tree)) {
        return Some("a row is new and the root is not put");
    }
    None
}
