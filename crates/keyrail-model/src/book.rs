//! One tree's history, and the tree's shape.

use crate::{Answer, Command, Event, Fact, NodeId};

/// Everything that was committed to one tree, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Book {
    pub(crate) events: Vec<Event>,
}

impl Book {
    /// A tree in which nothing has happened: its root is the first thing minted.
    pub fn new() -> Self {
        Self::default()
    }

    /// The history.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The tree as it was after its first `length` events.
    pub fn prefix(&self, length: usize) -> Self {
        Self { events: self.events[..length].to_vec() }
    }

    /// Commits a command decided at `now_ms`, and says what it answers. A refusal and a read leave
    /// no event.
    pub fn commit(&mut self, now_ms: i64, command: &Command) -> Answer {
        let (answer, event) = self.decide(now_ms, command);
        self.events.extend(event);
        answer
    }

    /// Notes that rows were written at `at_ms` without an entry: due windows rolled, and the tree's
    /// time went on.
    pub fn note_touch(&mut self, at_ms: i64, node: NodeId) {
        let (wrote, fact) = (self.chain(node), Fact::Touched { node, rolls: true });
        self.events.push(Event { at_ms, wrote, counts_in: vec![], fact, origin: None });
    }

    /// How many entries the ledger has.
    pub fn seq(&self) -> u64 {
        self.events.iter().filter(|event| event.fact.is_entry()).count() as u64
    }

    /// The time at which a command is decided: never before the greatest committed.
    pub fn tree_time(&self, now_ms: i64) -> i64 {
        let committed = self.events.iter().filter(|event| event.fact.passes_time());
        committed.map(|event| event.at_ms).chain([now_ms]).max().unwrap_or(now_ms)
    }

    /// Every node, in the order of their mints.
    pub fn nodes(&self) -> Vec<NodeId> {
        let minted = |event: &Event| match event.fact {
            Fact::Minted { node, .. } => Some(node),
            _ => None,
        };
        self.events.iter().filter_map(minted).collect()
    }

    /// Whether the node or hold that a command is about is of this tree.
    pub fn knows(&self, command: &Command) -> bool {
        let node = match command {
            Command::Mint { parent: Some(parent), .. } => Some(*parent),
            _ => command.node(),
        };
        node.is_some_and(|node| !self.chain(node).is_empty())
            || command.hold().is_some_and(|hold| self.holds().contains_key(&hold))
    }

    /// The nodes from the root to `node`; empty for an unknown one.
    pub fn chain(&self, node: NodeId) -> Vec<NodeId> {
        let mut chain = Vec::new();
        let mut next = Some(node);
        while let Some(node) = next {
            let Some(parent) = self.parent(node) else { return Vec::new() };
            chain.insert(0, node);
            next = parent;
        }
        chain
    }

    /// The parent of a node: `Some(None)` for the root, `None` for an unknown node.
    fn parent(&self, wanted: NodeId) -> Option<Option<NodeId>> {
        self.events.iter().find_map(|event| match event.fact {
            Fact::Minted { node, parent, .. } if node == wanted => Some(parent),
            _ => None,
        })
    }

    pub(crate) fn is_revoked(&self, wanted: NodeId) -> bool {
        self.events.iter().any(|event| matches!(event.fact, Fact::Revoked { node } if node == wanted))
    }
}
