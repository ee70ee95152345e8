//! Loading rows and walking from a node to its root.

use super::command::Command;
use super::row::{HoldHandle, HoldRow, NodeHandle, NodeId, NodeRow};
use super::{Hold, Ledger, Missing, Node};
use core::hint::black_box;

/// The most nodes on a chain: a root and eight levels below it.
pub const CHAIN_MAX: usize = 9;

/// Why a row cannot be loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadError {
    /// Its parent (or a hold's node) is not resident: rows come root first, or one is gone.
    Broken,
    /// A row that says it is a root has a parent, or the other way round, or the chain is too deep.
    Malformed,
    /// Its tree has undecided changes: accept or reject them first.
    Busy,
}

/// The handles of a chain, root first, without an allocation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chain {
    handles: [NodeHandle; CHAIN_MAX],
    length: usize,
}

impl Chain {
    pub(super) fn handles(&self) -> &[NodeHandle] {
        self.handles.get(CHAIN_MAX.saturating_sub(self.length)..).unwrap_or_default()
    }

    pub(super) fn root(&self) -> NodeHandle {
        self.handles().first().copied().unwrap_or(NodeHandle(u32::MAX))
    }

    pub(super) fn own(&self) -> NodeHandle {
        self.handles[CHAIN_MAX - 1]
    }
}

impl Ledger {
    /// Loads a node's row, or replaces it. Its parent must be resident.
    pub fn load_node(&mut self, row: NodeRow) -> Result<NodeHandle, LoadError> {
        if row.parent.is_some() == row.state.root.is_some() {
            return Err(LoadError::Malformed);
        }
        let parent = match row.parent {
            None => None,
            Some(id) => Some(self.ids.get(id).ok_or(LoadError::Broken)?),
        };
        let above = parent.and_then(|parent| self.nodes.get(parent.0)).map(|node| (node.root, node.depth + 1));
        if above.is_some_and(|(_, depth)| depth >= CHAIN_MAX) {
            return Err(LoadError::Malformed);
        }
        if let Some(handle) = self.ids.get(row.id) {
            if self.is_busy(handle) {
                return Err(LoadError::Busy);
            }
            let Some(node) = self.nodes.get_mut(handle.0) else { return Err(LoadError::Broken) };
            if node.parent != parent {
                return Err(LoadError::Malformed);
            }
            node.row = row;
            return Ok(handle);
        }
        Ok(self.insert_node(row, parent, above))
    }

    pub(super) fn insert_node(
        &mut self,
        row: NodeRow,
        parent: Option<NodeHandle>,
        above: Option<(NodeHandle, usize)>,
    ) -> NodeHandle {
        let id = row.id;
        let (root, depth) = above.unwrap_or((NodeHandle(u32::MAX), 0));
        let handle = NodeHandle(self.nodes.insert(Node {
            row,
            parent,
            root,
            depth,
            is_saved: false,
            is_read: false,
            batch: None,
        }));
        if parent.is_none()
            && let Some(node) = self.nodes.get_mut(handle.0)
        {
            node.root = handle;
        }
        self.ids.insert(id, handle);
        handle
    }

    /// Loads a hold's row, or replaces the one at `known`. Its node must be resident.
    pub fn load_hold(&mut self, known: Option<HoldHandle>, row: HoldRow) -> Result<HoldHandle, LoadError> {
        let node = self.ids.get(row.node).ok_or(LoadError::Broken)?;
        let resident = self.nodes.get(node.0).ok_or(LoadError::Broken)?;
        if self.is_busy(node) {
            return Err(LoadError::Busy);
        }
        if row.windows.len() != resident.depth + 1 {
            return Err(LoadError::Malformed);
        }
        if let Some(handle) = known
            && let Some(hold) = self.holds.get_mut(handle.0)
        {
            hold.row = row;
            hold.node = node;
            return Ok(handle);
        }
        Ok(HoldHandle(self.holds.insert(Hold { row, node, is_saved: false, is_read: false })))
    }

    /// The handle of a resident node.
    pub fn handle_of(&self, id: NodeId) -> Option<NodeHandle> {
        self.ids.get(id)
    }

    /// The row of a resident node as the tree's undecided changes leave it.
    pub fn node_row(&self, handle: NodeHandle) -> Option<&NodeRow> {
        self.nodes.get(handle.0).map(|node| &node.row)
    }

    /// The row of a resident hold as the tree's undecided changes leave it.
    pub fn hold_row(&self, handle: HoldHandle) -> Option<&HoldRow> {
        self.holds.get(handle.0).map(|hold| &hold.row)
    }

    /// The node that reserved a resident hold.
    pub fn hold_node(&self, handle: HoldHandle) -> Option<NodeHandle> {
        self.holds.get(handle.0).map(|hold| hold.node)
    }

    /// Drops a node. Nodes below it must have been dropped before; a node with undecided changes
    /// stays.
    pub fn forget_node(&mut self, handle: NodeHandle) {
        if self.is_busy(handle) {
            return;
        }
        if let Some(node) = self.nodes.remove(handle.0) {
            self.ids.remove(node.row.id);
        }
    }

    /// Drops a hold, unless its tree has undecided changes.
    pub fn forget_hold(&mut self, handle: HoldHandle) {
        if self.holds.get(handle.0).is_some_and(|hold| !self.is_busy(hold.node)) {
            self.holds.remove(handle.0);
        }
    }

    /// Whether a node's tree has undecided changes.
    fn is_busy(&self, handle: NodeHandle) -> bool {
        self.root_of(handle).and_then(|root| self.nodes.get(root.0)).is_some_and(|root| root.batch.is_some())
    }

    /// Reads the nodes of commands before the first is decided. They lie scattered over memory, and
    /// reads that do not wait for one another take little longer than one. Changes nothing.
    pub(super) fn look_ahead(&self, commands: &[Command]) {
        for command in commands {
            if let Command::Charge { node, .. } | Command::Reserve { node, .. } | Command::Validate { node } = command
                && let Some(node) = self.nodes.get(node.0)
            {
                // A row is longer than what one access brings near.
                let state = &node.row.state;
                let near = node.row.id.0 ^ state.true_to_seq ^ state.budget.window ^ u64::from(node.is_read);
                black_box(near ^ state.budget.spent.get().unsigned_abs());
            }
        }
    }

    pub(super) fn node(&self, handle: NodeHandle) -> Result<&Node, Missing> {
        self.nodes.get(handle.0).ok_or(Missing::Node(handle))
    }

    pub(super) fn node_mut(&mut self, handle: NodeHandle) -> Result<&mut Node, Missing> {
        self.nodes.get_mut(handle.0).ok_or(Missing::Node(handle))
    }

    pub(super) fn hold(&self, handle: HoldHandle) -> Result<&Hold, Missing> {
        self.holds.get(handle.0).ok_or(Missing::Hold(handle))
    }

    pub(super) fn hold_mut(&mut self, handle: HoldHandle) -> Result<&mut Hold, Missing> {
        self.holds.get_mut(handle.0).ok_or(Missing::Hold(handle))
    }

    /// The chain of a node. Loading checked its depth, so it always ends at the root.
    pub(super) fn chain(&self, own: NodeHandle) -> Result<Chain, Missing> {
        let mut handles = [own; CHAIN_MAX];
        let mut length = 0;
        let mut next = Some(own);
        for place in handles.iter_mut().rev() {
            let Some(handle) = next else { break };
            *place = handle;
            length += 1;
            next = self.node(handle)?.parent;
        }
        Ok(Chain { handles, length })
    }
}
