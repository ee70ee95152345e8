//! What another program wrote into rows and nobody has taken in yet.

use crate::columns::Edited;
use keyrail_model::{Command, NodeId};
use std::collections::BTreeMap;

/// The edits of a history so far.
#[derive(Debug, Default)]
pub(crate) struct Edits {
    /// What the columns say, and the place of the first edit that is not taken in.
    open: BTreeMap<NodeId, (Edited, usize)>,
    count: usize,
}

impl Edits {
    /// A row's columns say something else; `None`: what was last put, so there is nothing to take in.
    pub(crate) fn note(&mut self, node: NodeId, edited: Option<Edited>) {
        self.count += 1;
        let first = self.open.remove(&node).map_or(self.count, |(_, first)| first);
        self.open.extend(edited.map(|edited| (node, (edited, first))));
    }

    /// How many there were.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// The command that takes in what was written into a row; from then on there is nothing.
    pub(crate) fn take(&mut self, node: NodeId) -> Option<Command> {
        let (Edited { used_cents, reset_at_ms }, _) = self.open.remove(&node)?;
        Some(Command::Adjust { node, used_cents, reset_at_ms })
    }

    /// An error if one of the first `count` edits of this node's row is still to be taken in.
    pub(crate) fn none_at(&self, node: NodeId, count: usize) -> Result<(), String> {
        match self.open.get(&node) {
            Some((edited, first)) if *first <= count => Err(format!("an edit of node {node}: {edited:?}")),
            _ => Ok(()),
        }
    }
}
