//! Judges a history with the oracle.
//!
//! Every committed entry must be legal at its place and say what the oracle says. Every answer
//! that wrote nothing must be the oracle's at some state between the command's arrival and its
//! answer, at a time its process read in between. An acknowledged command has its one entry, a
//! refused one has none. The rows count what the entries sum to, and after the last hold's time
//! nothing is held.

use crate::compare::{agree, is_part_of, json, retold, says_the_same};
use crate::edits::Edits;
use crate::history::{Commit, Entry, Line, Node, Op};
use keyrail_model::{Answer, Book, Command, Fact, NodeId};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What a sound history held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Commands that came.
    pub commands: usize,
    /// Commands that were answered.
    pub answers: usize,
    /// Answers that wrote nothing, each found at some state of the oracle.
    pub reads: usize,
    /// Entries, each legal at its place.
    pub entries: usize,
    /// Edits of others, each taken in once.
    pub edits: usize,
    /// Commands that a crash or a fault took.
    pub lost: usize,
}

impl std::ops::AddAssign for Summary {
    fn add_assign(&mut self, other: Self) {
        self.commands += other.commands;
        self.answers += other.answers;
        self.reads += other.reads;
        self.entries += other.entries;
        self.edits += other.edits;
        self.lost += other.lost;
    }
}

/// The first thing in a history that must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The place of its line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "violated in line {}: {}", self.line, self.message)
    }
}

/// What became of a command.
#[derive(Clone, Debug, PartialEq)]
enum Fate {
    Waiting,
    Answered,
    /// Its process crashed, or it ended in a fault: it may have been carried out or not.
    Lost,
}

#[derive(Clone, Debug)]
struct Asked {
    command: Command,
    process: usize,
    fate: Fate,
    /// How long each tree's history was at its arrival.
    lengths: BTreeMap<NodeId, usize>,
    /// What its process's clock has shown since.
    clocks: BTreeSet<i64>,
    /// What the oracle answers at the place of its entry.
    accepted: Option<Answer>,
    /// How many edits there were at its arrival.
    edits: usize,
}

#[derive(Debug, Default)]
struct Judge {
    books: BTreeMap<NodeId, Book>,
    asked: BTreeMap<Op, Asked>,
    rows: BTreeMap<NodeId, Node>,
    edits: Edits,
    /// Everything that a clock has shown.
    shown_ms: BTreeSet<i64>,
    summary: Summary,
    /// Answers that wrote nothing are taken as they are.
    trusts_reads: bool,
}

/// Judges a whole history.
pub fn check(history: &[Line]) -> Result<Summary, Violation> {
    judge(history, false)
}

/// Judges only what was committed and acknowledged: over a store whose reads show rows of several
/// instants, an answer that wrote nothing may be one that no instant explains.
pub fn check_commits(history: &[Line]) -> Result<Summary, Violation> {
    judge(history, true)
}

fn judge(history: &[Line], trusts_reads: bool) -> Result<Summary, Violation> {
    let mut judge = Judge { trusts_reads, ..Judge::default() };
    for (place, line) in history.iter().enumerate() {
        judge.line(line).map_err(|message| Violation { line: place + 1, message })?;
    }
    Ok(judge.summary)
}

impl Judge {
    fn line(&mut self, line: &Line) -> Result<(), String> {
        match line {
            Line::Arrive { op, process, command, .. } => self.arrive(*op, *process, command),
            Line::Edit { node, edited, .. } => self.edits.note(*node, *edited),
            Line::Clock { process, now_ms } => {
                self.shown_ms.insert(*now_ms);
                for asked in self.asked.values_mut().filter(|asked| asked.process == *process) {
                    if asked.fate == Fate::Waiting {
                        asked.clocks.insert(*now_ms);
                    }
                }
            }
            Line::Commit(commit) => self.commit(commit)?,
            Line::Answer { op, answer, .. } => self.answer(*op, answer)?,
            Line::Fault { op, .. } => {
                self.summary.lost += 1;
                self.waiting(*op)?.fate = Fate::Lost;
            }
            Line::Crash { process, .. } => {
                let waiting = self.asked.values_mut().filter(|asked| asked.process == *process);
                for asked in waiting.filter(|asked| asked.fate == Fate::Waiting) {
                    asked.fate = Fate::Lost;
                    self.summary.lost += 1;
                }
            }
            Line::End { .. } => self.end()?,
        }
        Ok(())
    }

    fn arrive(&mut self, op: Op, process: usize, command: &Command) {
        self.summary.commands += 1;
        let lengths = self.books.iter().map(|(tree, book)| (*tree, book.events().len())).collect();
        let (command, clocks) = (command.clone(), BTreeSet::new());
        let fate = Fate::Waiting;
        let edits = self.edits.count();
        self.asked.insert(op, Asked { command, process, fate, lengths, clocks, accepted: None, edits });
    }

    fn waiting(&mut self, op: Op) -> Result<&mut Asked, String> {
        let asked = self.asked.get_mut(&op).filter(|asked| asked.fate == Fate::Waiting);
        asked.ok_or_else(|| format!("command {op} is answered though nobody waits for it"))
    }

    fn commit(&mut self, commit: &Commit) -> Result<(), String> {
        for entry in &commit.entries {
            if entry.op.is_none() {
                self.adjust(commit.tree, entry)?;
                continue;
            }
            self.settle_anchor(commit, entry)?;
            self.entry(commit.tree, entry)?;
        }
        for row in &commit.nodes {
            self.edits.none_at(row.node, usize::MAX).map_err(|edit| format!("a commit wrote over {edit}"))?;
        }
        let book = self.books.entry(commit.tree).or_default();
        let time = |book: &Book| book.tree_time(i64::MIN);
        for row in &commit.nodes {
            let Some((seq, greatest_ms)) = row.root else { continue };
            if seq != book.seq() {
                return Err(format!("the root says seq {seq}, its ledger has {} entries", book.seq()));
            }
            if greatest_ms < time(book) {
                return Err(format!("the tree's time went back: {greatest_ms}, the oracle has {}", time(book)));
            }
            // Rows without an entry: somebody noted a use and rolled a window.
            if greatest_ms > time(book) {
                book.note_touch(greatest_ms, commit.tree);
            }
        }
        for row in &commit.nodes {
            // Nor has a window that rolled with them: an edit of its end is compared with where it is now.
            let at_ms = time(book);
            if book.roll_is_due(row.node, at_ms) && row.reset_at_ms.is_some_and(|reset_at_ms| reset_at_ms > at_ms) {
                book.note_touch(at_ms, row.node);
            }
        }
        for row in &commit.nodes {
            agree(book, row)?;
            self.rows.insert(row.node, row.clone());
        }
        Ok(())
    }

    /// A mint that left its anchor open has the one of its row: a time that its process saw.
    fn settle_anchor(&mut self, commit: &Commit, entry: &Entry) -> Result<(), String> {
        let asked = entry.op.and_then(|op| self.asked.get_mut(&op));
        let Some(Asked { command: Command::Mint { rule: Some(rule), .. }, clocks, .. }) = asked else { return Ok(()) };
        let row = commit.nodes.iter().find(|row| row.node == entry.node);
        let Some(anchor_ms) = row.and_then(|row| row.rule?.anchor_ms).filter(|_| rule.anchor_ms.is_none()) else {
            return Ok(());
        };
        rule.anchor_ms = Some(anchor_ms);
        let is_known = clocks.contains(&anchor_ms);
        if is_known {
            Ok(())
        } else {
            Err(format!("node {} has an anchor that nobody showed: {anchor_ms}", entry.node))
        }
    }

    fn entry(&mut self, tree: NodeId, entry: &Entry) -> Result<(), String> {
        let book = self.books.entry(tree).or_default();
        if entry.seq != book.seq() + 1 {
            return Err(format!("an entry has seq {}, the ledger {} entries", entry.seq, book.seq()));
        }
        let nobody = || format!("nobody asked for {entry:?}");
        let op = entry.op.ok_or_else(nobody)?;
        let asked = self.asked.get_mut(&op).ok_or_else(nobody)?;
        if asked.accepted.is_some() {
            return Err(format!("command {op} is in the ledger twice: {entry:?}"));
        }
        if asked.fate == Fate::Answered {
            return Err(format!("command {op} was answered before this entry of it: {entry:?}"));
        }
        if !asked.clocks.contains(&entry.at_ms) && entry.at_ms != book.tree_time(i64::MIN) {
            return Err(format!("command {op} was decided at {}, a time nobody showed", entry.at_ms));
        }
        let (answer, event) = book.decide(entry.at_ms, &asked.command);
        let Some(event) = event.filter(|event| event.at_ms == entry.at_ms) else {
            return Err(format!("accepted: {:?} at {}; the oracle answers {answer:?}", asked.command, entry.at_ms));
        };
        says_the_same(entry, &event.fact, &answer)?;
        if matches!(event.fact, Fact::Charged { .. } | Fact::Reserved { .. } | Fact::Settled { .. }) {
            for node in book.chain(entry.node) {
                self.edits.none_at(node, usize::MAX).map_err(|edit| format!("{entry:?} was decided past {edit}"))?;
            }
        }
        let may_break_a_cap = matches!(asked.command, Command::Charge { overdraft: true, .. });
        let lets_money_in = matches!(event.fact, Fact::Charged { .. } | Fact::Reserved { .. }) && !may_break_a_cap;
        book.commit(entry.at_ms, &asked.command);
        asked.accepted = Some(answer);
        self.summary.entries += 1;
        let above = |budget: &keyrail_model::Budget| budget.headroom().is_some_and(|headroom| headroom < 0);
        if lets_money_in && book.budgets(entry.node, entry.at_ms).iter().any(above) {
            return Err(format!("an admission broke a cap: {entry:?}"));
        }
        Ok(())
    }

    /// What somebody wrote into a row is taken in, once, at a time that some clock has shown.
    fn adjust(&mut self, tree: NodeId, entry: &Entry) -> Result<(), String> {
        let book = self.books.entry(tree).or_default();
        if entry.seq != book.seq() + 1 {
            return Err(format!("an entry has seq {}, the ledger {} entries", entry.seq, book.seq()));
        }
        let command =
            self.edits.take(entry.node).ok_or_else(|| format!("nobody wrote what this takes in: {entry:?}"))?;
        if !self.shown_ms.contains(&entry.at_ms) && entry.at_ms != book.tree_time(i64::MIN) {
            return Err(format!("an edit was taken in at {}, a time nobody showed", entry.at_ms));
        }
        let (answer, event) = book.decide(entry.at_ms, &command);
        let event = event.filter(|event| event.at_ms == entry.at_ms);
        let event = event.ok_or_else(|| format!("{command:?} at {} is nothing to the oracle", entry.at_ms))?;
        says_the_same(entry, &event.fact, &answer)?;
        book.commit(entry.at_ms, &command);
        self.summary.edits += 1;
        Ok(())
    }

    fn answer(&mut self, op: Op, answer: &Value) -> Result<(), String> {
        self.summary.answers += 1;
        let asked = self.waiting(op)?;
        asked.fate = Fate::Answered;
        let mut asked = asked.clone();
        if !self.trusts_reads {
            self.saw_edits(&asked)?;
        }
        if asked.clocks.is_empty() {
            // What does not exist can be said without a look at the clock.
            asked.clocks.insert(0);
        }
        if let Some(accepted) = &asked.accepted {
            let mut told = vec![accepted.clone()];
            told.extend(self.states(&asked).iter().flat_map(|state| retold(accepted, state, &asked.clocks)));
            if told.iter().any(|told| is_part_of(answer, &json(told))) {
                return Ok(());
            }
            return Err(format!("command {op} was committed with {accepted:?} and answered {answer}"));
        }
        self.summary.reads += 1;
        if self.trusts_reads {
            return Ok(());
        }
        let mut possible: Vec<Value> = Vec::new();
        for state in self.states(&asked) {
            for now_ms in &asked.clocks {
                let (oracle, event) = state.decide(*now_ms, &asked.command);
                let oracle = json(&oracle);
                if event.is_none_or(|event| !event.fact.is_entry()) && is_part_of(answer, &oracle) {
                    return Ok(());
                }
                if !possible.contains(&oracle) {
                    possible.push(oracle);
                }
            }
        }
        let possible: Vec<String> = possible.iter().map(Value::to_string).collect();
        let Asked { command, clocks, .. } = asked;
        Err(format!(
            "{command:?} was answered {answer}; at {clocks:?} the oracle could say\n  {}",
            possible.join("\n  ")
        ))
    }

    /// An answer rests on every edit of its chain that was there when its command arrived. A touch
    /// tells nothing.
    fn saw_edits(&self, asked: &Asked) -> Result<(), String> {
        let command = &asked.command;
        let Some(book) = self.books.values().find(|book| book.knows(command)) else { return Ok(()) };
        let node = match command {
            Command::Touch { .. } => None,
            Command::Mint { parent, .. } => *parent,
            _ => command.node().or_else(|| command.hold().and_then(|hold| Some(book.holds().get(&hold)?.node))),
        };
        for node in node.map(|node| book.chain(node)).unwrap_or_default() {
            self.edits.none_at(node, asked.edits).map_err(|edit| format!("{command:?} was answered past {edit}"))?;
        }
        Ok(())
    }

    /// The states, from a command's arrival to now, of the tree that it is about.
    fn states(&self, asked: &Asked) -> Vec<Book> {
        let about = self.books.iter().find(|(_, book)| book.knows(&asked.command));
        let Some((tree, book)) = about else { return vec![Book::new()] };
        let from = asked.lengths.get(tree).copied().unwrap_or(0);
        (from..=book.events().len()).rev().map(|length| book.prefix(length)).collect()
    }

    fn end(&self) -> Result<(), String> {
        if let Some((op, asked)) = self.asked.iter().find(|(_, asked)| asked.fate == Fate::Waiting) {
            return Err(format!("command {op} was never answered: {:?}", asked.command));
        }
        for book in self.books.values() {
            let last_ms = book.holds().values().map(|hold| hold.expires_at_ms).max().unwrap_or(0);
            let at_ms = book.tree_time(last_ms);
            for node in book.nodes() {
                let Some(row) = self.rows.get(&node) else { return Err(format!("node {node} has no row")) };
                agree(book, row)?;
                let held: i64 =
                    row.buckets.iter().filter(|(expires_at_ms, _)| *expires_at_ms > at_ms).map(|(_, sum)| sum).sum();
                if held != 0 {
                    return Err(format!("node {node} still holds {held} after every hold's time"));
                }
            }
        }
        Ok(())
    }
}
