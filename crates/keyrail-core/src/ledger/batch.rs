//! The undecided changes of a tree: what its commands have read, and what is to be committed.

use super::chain::Chain;
use super::row::{Bucket, EntryKind, EntryRow, HoldHandle, NodeHandle};
use super::{Ledger, Missing};
use crate::amount::Microcents;

/// What a tree's commands have read and changed since the last accept or reject.
#[derive(Debug, Default)]
pub(super) struct Batch {
    nodes_read: Vec<NodeHandle>,
    holds_read: Vec<HoldHandle>,
    nodes_minted: Vec<NodeHandle>,
    holds_made: Vec<HoldHandle>,
    entries: Vec<EntryRow>,
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

/// An entry before it has its `seq`, its node and the tree's time.
pub(super) type Draft = EntryRow;

impl Ledger {
    /// What the tree's commands ask to be committed.
    pub fn changes(&self, root: NodeHandle) -> Changes {
        let Some(batch) = self.batch(root) else { return Changes::default() };
        let changed = |handle: &&NodeHandle| self.nodes.get(handle.0).is_some_and(|node| node.saved.is_some());
        let ended = |handle: &&HoldHandle| self.holds.get(handle.0).is_some_and(|hold| hold.saved.is_some());
        let nodes_put = batch.nodes_read.iter().filter(changed).chain(&batch.nodes_minted).copied().collect();
        let holds_put = batch.holds_read.iter().filter(ended).chain(&batch.holds_made).copied().collect();
        Changes {
            nodes_read: batch.nodes_read.clone(),
            holds_read: batch.holds_read.clone(),
            nodes_put,
            nodes_minted: batch.nodes_minted.clone(),
            holds_put,
            holds_made: batch.holds_made.clone(),
            entries: batch.entries.clone(),
        }
    }

    /// The entries that the tree's open batch has appended so far.
    pub fn pending_entries(&self, root: NodeHandle) -> &[EntryRow] {
        self.batch(root).map_or(&[], |batch| &batch.entries)
    }

    /// The root of a resident node's tree.
    pub fn root_of(&self, handle: NodeHandle) -> Option<NodeHandle> {
        self.nodes.get(handle.0).map(|node| node.root)
    }

    fn batch(&self, root: NodeHandle) -> Option<&Batch> {
        self.nodes.get(root.0)?.batch.as_deref()
    }

    fn batch_mut(&mut self, root: NodeHandle) -> Result<&mut Batch, Missing> {
        Ok(self.node_mut(root)?.batch.get_or_insert_default())
    }

    fn take_batch(&mut self, root: NodeHandle) -> Option<Box<Batch>> {
        self.nodes.get_mut(root.0)?.batch.take()
    }

    /// The tree's changes were committed: they are the rows now.
    pub fn accept(&mut self, root: NodeHandle) {
        let Some(batch) = self.take_batch(root) else { return };
        for handle in batch.nodes_read.iter().chain(&batch.nodes_minted) {
            if let Some(node) = self.nodes.get_mut(handle.0) {
                node.saved = None;
                node.is_read = false;
            }
        }
        for handle in batch.holds_read.iter().chain(&batch.holds_made) {
            if let Some(hold) = self.holds.get_mut(handle.0) {
                hold.saved = None;
                hold.is_read = false;
            }
        }
    }

    /// The tree's changes were not committed: the rows are again what they were, and its new nodes
    /// and holds are gone.
    pub fn reject(&mut self, root: NodeHandle) {
        let Some(batch) = self.take_batch(root) else { return };
        for handle in batch.nodes_read {
            if let Some(node) = self.nodes.get_mut(handle.0) {
                node.is_read = false;
                if let Some(saved) = node.saved.take() {
                    node.row.state = *saved;
                }
            }
        }
        for handle in batch.holds_read {
            if let Some(hold) = self.holds.get_mut(handle.0) {
                hold.is_read = false;
                if let Some(saved) = hold.saved.take() {
                    hold.row = *saved;
                }
            }
        }
        for handle in batch.holds_made {
            self.holds.remove(handle.0);
        }
        for handle in batch.nodes_minted {
            if let Some(node) = self.nodes.remove(handle.0) {
                self.ids.remove(node.row.id);
            }
        }
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
        if node.saved.is_none() {
            node.saved = Some(Box::new(node.row.state.clone()));
        }
        Ok(())
    }

    /// Makes a node of the chain ready to change at `now_ms`: its old state is kept, its window
    /// rolled if due and its expired buckets dropped. Whoever calls this passes the tree's time to
    /// the root as well: a dropped bucket must not count again for a slower clock.
    pub(super) fn write_node(&mut self, handle: NodeHandle, now_ms: i64) -> Result<(), Missing> {
        self.keep_state(handle)?;
        let budget = &mut self.node_mut(handle)?.row.state.budget;
        budget.roll(now_ms);
        budget.buckets.retain(|bucket| bucket.expires_at_ms > now_ms);
        Ok(())
    }

    /// Makes a hold ready to change.
    pub(super) fn write_hold(&mut self, handle: HoldHandle) -> Result<(), Missing> {
        let hold = self.hold_mut(handle)?;
        if hold.saved.is_none() {
            hold.saved = Some(Box::new(hold.row.clone()));
        }
        Ok(())
    }

    /// Adds `cost` to what a node spent in its current window. The range was checked before.
    pub(super) fn spend(&mut self, handle: NodeHandle, cost: Microcents) -> Result<(), Missing> {
        let budget = &mut self.node_mut(handle)?.row.state.budget;
        budget.spent = budget.spent.plus(cost).unwrap_or(Microcents::MAX);
        Ok(())
    }

    /// Adds to the bucket of an instant. The range was checked before.
    pub(super) fn hold_more(
        &mut self,
        handle: NodeHandle,
        expires_at_ms: i64,
        amount: Microcents,
    ) -> Result<(), Missing> {
        if amount == Microcents::ZERO {
            return Ok(());
        }
        let buckets = &mut self.node_mut(handle)?.row.state.budget.buckets;
        match buckets.binary_search_by_key(&expires_at_ms, |bucket| bucket.expires_at_ms) {
            Ok(place) => {
                if let Some(bucket) = buckets.get_mut(place) {
                    bucket.held = bucket.held.plus(amount).unwrap_or(Microcents::MAX);
                }
            }
            Err(place) => buckets.insert(place, Bucket { expires_at_ms, held: amount }),
        }
        Ok(())
    }

    /// Takes from the bucket of an instant; an empty bucket goes.
    pub(super) fn hold_less(
        &mut self,
        handle: NodeHandle,
        expires_at_ms: i64,
        amount: Microcents,
    ) -> Result<(), Missing> {
        let buckets = &mut self.node_mut(handle)?.row.state.budget.buckets;
        let Ok(place) = buckets.binary_search_by_key(&expires_at_ms, |bucket| bucket.expires_at_ms) else {
            return Ok(());
        };
        if let Some(bucket) = buckets.get_mut(place) {
            bucket.held = bucket.held.minus(amount).unwrap_or(Microcents::ZERO);
            if bucket.held <= Microcents::ZERO {
                buckets.remove(place);
            }
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

    /// Appends the entry of an accepted command; the root takes the time and gives the `seq`.
    pub(super) fn append(&mut self, chain: &Chain, now_ms: i64, mut entry: Draft) -> Result<(), Missing> {
        self.pass_time(chain, now_ms)?;
        if let Some(root) = &mut self.node_mut(chain.root())?.row.state.root {
            root.seq += 1;
            entry.seq = root.seq;
        }
        let seq = entry.seq;
        for &handle in chain.handles() {
            let node = self.node_mut(handle)?;
            let is_new = entry.kind == EntryKind::Mint && handle == chain.own();
            if node.saved.is_some() || is_new {
                node.row.state.true_to_seq = seq;
            }
        }
        self.appended += 1;
        self.batch_mut(chain.root())?.entries.push(entry);
        Ok(())
    }

    /// Notes a new node. It counts as read, so that it is never listed among the rows to check.
    pub(super) fn note_minted(&mut self, root: NodeHandle, handle: NodeHandle) -> Result<(), Missing> {
        if let Some(node) = self.nodes.get_mut(handle.0) {
            node.is_read = true;
        }
        self.batch_mut(root)?.nodes_minted.push(handle);
        Ok(())
    }

    /// Notes a new hold, likewise.
    pub(super) fn note_held(&mut self, root: NodeHandle, handle: HoldHandle) -> Result<(), Missing> {
        if let Some(hold) = self.holds.get_mut(handle.0) {
            hold.is_read = true;
        }
        self.batch_mut(root)?.holds_made.push(handle);
        Ok(())
    }

    /// An entry of `kind` about the chain's own node, its windows those of the chain now.
    pub(super) fn draft(&self, chain: &Chain, now_ms: i64, kind: EntryKind) -> Result<Draft, Missing> {
        let mut windows = Vec::with_capacity(chain.handles().len());
        for &handle in chain.handles() {
            windows.push(self.node(handle)?.row.state.budget.window);
        }
        let own = self.budget_view(chain.own(), now_ms)?;
        Ok(Draft {
            seq: 0,
            kind,
            node: self.node(chain.own())?.row.id,
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
        })
    }
}
