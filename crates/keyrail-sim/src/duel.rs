//! One ledger and the oracle, side by side, one committed command at a time.

use crate::audit;
use crate::bridge::{Absent, Bridge, Rows};
use keyrail_core::ledger::{self, EntryRow, LoadError, NodeHandle};
use keyrail_model::{Answer, Book, Budget, Command, Event, Fact, NodeId};

/// A ledger and an oracle that have seen the same commands.
#[derive(Debug, Default)]
pub struct Duel {
    bridge: Bridge,
    book: Book,
    entries: Vec<EntryRow>,
}

impl Duel {
    /// Both without any row.
    pub fn new() -> Self {
        Self::default()
    }

    /// The oracle's side.
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// The same state once more, the ledger's from its rows alone.
    pub fn fork(&self) -> Result<Self, LoadError> {
        let bridge = Bridge::load(&self.bridge.rows(&self.book.nodes()))?;
        Ok(Self { bridge, book: self.book.clone(), entries: self.entries.clone() })
    }

    /// Decides a command on both sides and commits it; an error says what they disagree on or
    /// which promise is broken.
    pub fn step(&mut self, now_ms: i64, command: &Command) -> Result<Answer, String> {
        let at_ms = self.book.tree_time(now_ms);
        let chain = self.chain_of(command);
        let before = self.budgets(&chain, at_ms);
        let rows_before = self.rows();
        let (expected, event) = self.book.decide(now_ms, command);

        let rehearsed = self.decide(now_ms, command)?;
        self.reject();
        if rehearsed != expected {
            return Err(format!("the oracle answers {expected:?}, the ledger {rehearsed:?}"));
        }
        if self.rows() != rows_before {
            return Err(format!("a reject did not undo: {rows_before:?} became {:?}", self.rows()));
        }
        let actual = self.decide(now_ms, command)?;
        if actual != expected {
            return Err(format!("after a reject the ledger answers {actual:?}, before it {expected:?}"));
        }
        self.keep_changes(event.is_some())?;
        self.book.commit(now_ms, command);

        let after = self.budgets(&chain, at_ms);
        let accepted = event.is_some();
        audit::caps_hold(
            &before,
            &after,
            accepted && is_admission(command),
            self.may_rise(command, &actual, event.as_ref()),
        )?;
        self.compare(now_ms)?;
        Ok(actual)
    }

    /// Compares every budget now and after the last hold's time, and audits the rows.
    fn compare(&mut self, now_ms: i64) -> Result<(), String> {
        let at_ms = self.book.tree_time(now_ms);
        let last_ms = self.book.holds().values().map(|hold| hold.expires_at_ms).max().unwrap_or(at_ms).max(at_ms);
        for node in self.book.nodes() {
            for asked_ms in [at_ms, last_ms] {
                let command = Command::Budgets { node };
                let expected = self.book.decide(asked_ms, &command).0;
                let actual = self.decide(asked_ms, &command)?;
                self.reject();
                if actual != expected {
                    return Err(format!("budgets at {asked_ms}: the oracle says {expected:?}, the ledger {actual:?}"));
                }
                let Answer::Budgets { chain, .. } = actual else { continue };
                if asked_ms == last_ms && chain.iter().any(|budget| budget.held != 0) {
                    return Err(format!("held after the last expiry: {chain:?}"));
                }
            }
        }
        audit::books_agree(&self.rows(), &self.entries, at_ms)
    }

    fn decide(&mut self, now_ms: i64, command: &Command) -> Result<Answer, String> {
        match self.bridge.decide(now_ms, command) {
            Ok(answer) => Ok(answer),
            Err(Absent::Node(_) | Absent::Hold(_)) => Ok(Answer::Unknown),
            Err(Absent::Row(missing)) => Err(format!("the ledger misses {missing:?}")),
        }
    }

    fn reject(&mut self) {
        if let Some(root) = self.root() {
            self.bridge.reject(root);
        }
    }

    /// Takes the entries of the open batch and accepts it.
    fn keep_changes(&mut self, must_write: bool) -> Result<(), String> {
        let Some(root) = self.root() else { return Ok(()) };
        let changes = self.bridge.changes(root);
        if changes.is_empty() == must_write {
            return Err(format!("to commit although nothing happened, or the other way round: {changes:?}"));
        }
        self.entries.extend(changes.entries);
        self.bridge.accept(root);
        Ok(())
    }
}

/// Whether a command lets money in, so that no cap may be broken after it.
fn is_admission(command: &Command) -> bool {
    matches!(command, Command::Charge { overdraft: false, .. } | Command::Reserve { .. })
}

impl Duel {
    /// By how much a command may raise what is above a cap; `None` where an operator moved the cap,
    /// or the end of the window. Somebody else's spending breaks it by no more than it is.
    fn may_rise(&self, command: &Command, answer: &Answer, event: Option<&Event>) -> Option<i64> {
        match (command, answer, event.map(|event| &event.fact)) {
            (Command::SetBudget { .. }, ..) => None,
            (_, Answer::Charged { overdraft, .. } | Answer::Settled { overdraft, .. }, _) => Some(*overdraft),
            (Command::Adjust { reset_at_ms: None, .. }, _, Some(_)) => None,
            (_, _, Some(Fact::Adjusted { change, .. })) => Some((*change).max(0)),
            _ => Some(0),
        }
    }

    fn rows(&self) -> Rows {
        self.bridge.rows(&self.book.nodes())
    }

    /// The root of the tree, whether or not its mint has been committed.
    fn root(&self) -> Option<NodeHandle> {
        self.bridge.ledger.handle_of(ledger::NodeId(ROOT))
    }

    fn chain_of(&self, command: &Command) -> Vec<NodeId> {
        let reserved = |hold| self.book.holds().get(&hold).map(|hold| hold.node);
        let node = command.node().or_else(|| command.hold().and_then(reserved));
        node.map(|node| self.book.chain(node)).unwrap_or_default()
    }

    fn budgets(&self, chain: &[NodeId], at_ms: i64) -> Vec<Budget> {
        chain.iter().filter_map(|node| self.book.budget(*node, at_ms)).collect()
    }
}

/// The id of the one root of a duel.
pub const ROOT: NodeId = 1;
