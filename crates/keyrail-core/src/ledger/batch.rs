//! The undecided changes of a tree: what its commands have read, and what is to be committed.

use super::chain::Chain;
use super::row::{Budget, EntryKind, EntryRow, HoldHandle, HoldRow, NodeHandle, NodeState};
use super::windows::Windows;
use super::{Hold, Ledger, Missing, Node};
use crate::amount::Microcents;

/// What a tree's commands have read and changed since the last accept or reject.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) nodes_read: Vec<NodeHandle>,
    pub(super) holds_read: Vec<HoldHandle>,
    nodes_minted: Vec<NodeHandle>,
    holds_made: Vec<HoldHandle>,
    pub(super) entries: Vec<EntryRow>,
    /// What was changed, as it was before.
    nodes_saved: Vec<(NodeHandle, NodeState)>,
    holds_saved: Vec<(HoldHandle, HoldRow)>,
}

/// How many empty batches are kept for their room: as many trees as usually commit together.
const SPARES_MAX: usize = 64;

impl Batch {
    /// Forgets everything but the room for it.
    fn clear(&mut self) {
        self.nodes_read.clear();
        self.holds_read.clear();
        self.nodes_minted.clear();
        self.holds_made.clear();
        self.entries.clear();
        self.nodes_saved.clear();
        self.holds_saved.clear();
    }
}

/// What must be committed, all or nothing, for the answers given since the last accept to be true.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Every node read: its version is checked.
    pub nodes_read: Vec<NodeHandle>,
    /// Every hold read: its version is checked.
    pub holds_read: Vec<HoldHandle>,
    /// The nodes to put: changed, or new (then its absence is checked).
    pub nodes_put: Vec<NodeHandle>,
    /// The nodes among them that are new; a commit inserts one at most.
    pub nodes_minted: Vec<NodeHandle>,
    /// The holds to put.
    pub holds_put: Vec<HoldHandle>,
    /// The holds among them that are new.
    pub holds_made: Vec<HoldHandle>,
    /// The entries to append, in order.
    pub entries: Vec<EntryRow>,
}

impl Changes {
    /// Whether there is nothing to commit.
    pub fn is_empty(&self) -> bool {
        self.nodes_put.is_empty() && self.holds_put.is_empty() && self.entries.is_empty()
    }
}

impl Ledger {
    /// What the tree's commands ask to be committed.
    pub fn changes(&self, root: NodeHandle) -> Changes {
        let Some(batch) = self.batch(root) else { return Changes::default() };
        Changes {
            nodes_read: batch.nodes_read.clone(),
            holds_read: batch.holds_read.clone(),
            nodes_put: self.nodes_put(batch).map(|(handle, _)| handle).collect(),
            nodes_minted: batch.nodes_minted.clone(),
            holds_put: self.holds_put(batch).map(|(handle, _)| handle).collect(),
            holds_made: batch.holds_made.clone(),
            entries: batch.entries.clone(),
        }
    }

    /// The nodes that a batch changed, then its new ones. A new one is never among those read.
    pub(super) fn nodes_put(&self, batch: &Batch) -> impl Iterator<Item = (NodeHandle, &Node)> {
        let resident = |handle: &NodeHandle| self.nodes.get(handle.0).map(|node| (*handle, node));
        let changed = batch.nodes_read.iter().filter_map(resident).filter(|(_, node)| node.is_saved);
        changed.chain(batch.nodes_minted.iter().filter_map(resident))
    }

    /// The holds that a batch changed, then its new ones.
    pub(super) fn holds_put(&self, batch: &Batch) -> impl Iterator<Item = (HoldHandle, &Hold)> {
        let resident = |handle: &HoldHandle| self.holds.get(handle.0).map(|hold| (*handle, hold));
        let changed = batch.holds_read.iter().filter_map(resident).filter(|(_, hold)| hold.is_saved);
        changed.chain(batch.holds_made.iter().filter_map(resident))
    }

    /// The entries that the tree's open batch has appended so far.
    pub fn pending_entries(&self, root: NodeHandle) -> &[EntryRow] {
        self.batch(root).map_or(&[], |batch| &batch.entries)
    }

    /// The root of a resident node's tree.
    pub fn root_of(&self, handle: NodeHandle) -> Option<NodeHandle> {
        self.nodes.get(handle.0).map(|node| node.root)
    }

    pub(super) fn batch(&self, root: NodeHandle) -> Option<&Batch> {
        self.nodes.get(root.0)?.batch.as_deref()
    }

    fn batch_mut(&mut self, root: NodeHandle) -> Result<&mut Batch, Missing> {
        let node = self.nodes.get_mut(root.0).ok_or(Missing::Node(root))?;
        Ok(node.batch.get_or_insert_with(|| self.spares.pop().unwrap_or_default()))
    }

    fn take_batch(&mut self, root: NodeHandle) -> Option<Box<Batch>> {
        self.nodes.get_mut(root.0)?.batch.take()
    }

    /// Nothing resident belongs to the batch any more.
    fn end_batch(&mut self, mut batch: Box<Batch>) {
        for handle in batch.nodes_read.iter().chain(&batch.nodes_minted) {
            if let Some(node) = self.nodes.get_mut(handle.0) {
                node.is_saved = false;
                node.is_read = false;
            }
        }
        for handle in batch.holds_read.iter().chain(&batch.holds_made) {
            if let Some(hold) = self.holds.get_mut(handle.0) {
                hold.is_saved = false;
                hold.is_read = false;
            }
        }
        if self.spares.len() < SPARES_MAX {
            batch.clear();
            self.spares.push(batch);
        }
    }

    /// The tree's changes were committed: they are the rows now.
    pub fn accept(&mut self, root: NodeHandle) {
        if let Some(batch) = self.take_batch(root) {
            self.end_batch(batch);
        }
    }

    /// The tree's changes were not committed: the rows are again what they were, and its new nodes
    /// and holds are gone.
    pub fn reject(&mut self, root: NodeHandle) {
        let Some(mut batch) = self.take_batch(root) else { return };
        for (handle, state) in batch.nodes_saved.drain(..) {
            if let Some(node) = self.nodes.get_mut(handle.0) {
                node.row.state = state;
            }
        }
        for (handle, row) in batch.holds_saved.drain(..) {
            if let Some(hold) = self.holds.get_mut(handle.0) {
                hold.row = row;
            }
        }
        for handle in batch.holds_made.drain(..) {
            self.holds.remove(handle.0);
        }
        for handle in batch.nodes_minted.drain(..) {
            if let Some(node) = self.nodes.remove(handle.0) {
                self.ids.remove(node.row.id);
            }
        }
        self.end_batch(batch);
    }

    /// Notes that a decision rests on every row of the chain.
    pub(super) fn read_chain(&mut self, chain: &Chain) -> Result<(), Missing> {
        for &handle in chain.handles() {
            let node = self.node_mut(handle)?;
            if !node.is_read {
                node.is_read = true;
                self.batch_mut(chain.root())?.nodes_read.push(handle);
            }
        }
        Ok(())
    }

    /// Notes that a decision rests on a hold.
    pub(super) fn read_hold(&mut self, chain: &Chain, handle: HoldHandle) -> Result<(), Missing> {
        let hold = self.hold_mut(handle)?;
        if !hold.is_read {
            hold.is_read = true;
            self.batch_mut(chain.root())?.holds_read.push(handle);
        }
        Ok(())
    }

    /// Makes a node ready to change: its old state is kept.
    pub(super) fn keep_state(&mut self, handle: NodeHandle) -> Result<(), Missing> {
        let node = self.node_mut(handle)?;
        if !node.is_saved {
            node.is_saved = true;
            let (root, state) = (node.root, node.row.state.clone());
            self.batch_mut(root)?.nodes_saved.push((handle, state));
        }
        Ok(())
    }

    /// Makes a node of the chain ready to change at `now_ms`: its old state is kept, its window
    /// rolled if due and its expired buckets dropped. Whoever calls this passes the tree's time to
    /// the root as well: a dropped bucket must not count again for a slower clock.
    pub(super) fn write_node(&mut self, handle: NodeHandle, now_ms: i64) -> Result<&mut Budget, Missing> {
        self.keep_state(handle)?;
        let budget = &mut self.node_mut(handle)?.row.state.budget;
        budget.roll(now_ms);
        budget.buckets.retain(|bucket| bucket.expires_at_ms > now_ms);
        Ok(budget)
    }

    /// Makes a hold ready to change.
    pub(super) fn write_hold(&mut self, handle: HoldHandle) -> Result<(), Missing> {
        let hold = self.hold_mut(handle)?;
        if !hold.is_saved {
            hold.is_saved = true;
            let (node, row) = (hold.node, hold.row.clone());
            let root = self.node(node)?.root;
            self.batch_mut(root)?.holds_saved.push((handle, row));
        }
        Ok(())
    }

    /// Makes the root ready to change and gives the tree's time to it.
    pub(super) fn pass_time(&mut self, chain: &Chain, now_ms: i64) -> Result<(), Missing> {
        self.keep_state(chain.root())?;
        if let Some(root) = &mut self.node_mut(chain.root())?.row.state.root {
            root.greatest_now_ms = root.greatest_now_ms.max(now_ms);
        }
        Ok(())
    }

    /// Appends the entry of an accepted command about the chain's own node, its windows and its
    /// figures those of the chain now; the command adds what only it knows. The root takes the time
    /// and gives the `seq`.
    pub(super) fn append(&mut self, chain: &Chain, now_ms: i64, kind: EntryKind) -> Result<&mut EntryRow, Missing> {
        self.pass_time(chain, now_ms)?;
        let mut seq = 0;
        if let Some(root) = &mut self.node_mut(chain.root())?.row.state.root {
            root.seq += 1;
            seq = root.seq;
        }
        let mut windows = Windows::default();
        for &handle in chain.handles() {
            let node = self.node_mut(handle)?;
            let is_new = kind == EntryKind::Mint && handle == chain.own();
            if node.is_saved || is_new {
                node.row.state.true_to_seq = seq;
            }
            windows.push(node.row.state.budget.window);
        }
        let row = &self.node(chain.own())?.row;
        let own = row.state.budget.counted_at(now_ms);
        let entry = EntryRow {
            seq,
            kind,
            node: row.id,
            at_ms: now_ms,
            amount: Microcents::ZERO,
            asked: Microcents::ZERO,
            windows,
            hold: None,
            expires_at_ms: None,
            used: own.spent,
            remaining: own.remaining(),
            overdraft: Microcents::ZERO,
            late: false,
        };
        self.appended += 1;
        let entries = &mut self.batch_mut(chain.root())?.entries;
        entries.push(entry);
        entries.last_mut().ok_or(Missing::Node(chain.root()))
    }

    /// Notes a new node. It counts as read, so that it is never listed among the rows to check.
    pub(super) fn note_minted(&mut self, root: NodeHandle, handle: NodeHandle) -> Result<(), Missing> {
        if let Some(node) = self.nodes.get_mut(handle.0) {
            node.is_read = true;
        }
        self.batch_mut(root)?.nodes_minted.push(handle);
        Ok(())
    }

    /// Adds the hold of `node` that the last entry tells of, likewise.
    pub(super) fn add_hold(&mut self, root: NodeHandle, node: NodeHandle, row: HoldRow) -> Result<HoldHandle, Missing> {
        let handle = HoldHandle(self.holds.insert(Hold { row, node, is_saved: false, is_read: true }));
        let batch = self.batch_mut(root)?;
        batch.holds_made.push(handle);
        if let Some(entry) = batch.entries.last_mut() {
            entry.hold = Some(handle);
        }
        Ok(handle)
    }
}
