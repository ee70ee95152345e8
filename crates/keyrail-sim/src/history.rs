//! What a run did, line by line, as either producer writes it: the simulator in this crate and the
//! TypeScript runner over the shipped request loop. Lines stand in the order of their happening.

use crate::columns::Edited;
use keyrail_model::{Command, HoldId, NodeId, Rule};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The place of a command in its scenario.
pub type Op = usize;

/// One line of a history. Times in ms, amounts in microcents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum Line {
    /// A command came to a process.
    Arrive {
        /// Virtual time, for people.
        t: i64,
        /// Which.
        op: Op,
        /// To whom.
        process: usize,
        /// What.
        command: Command,
    },
    /// A process read its clock.
    Clock {
        /// Who.
        process: usize,
        /// What it showed.
        now_ms: i64,
    },
    /// The store accepted a commit.
    Commit(Commit),
    /// Another program wrote a row's public columns.
    Edit {
        /// Virtual time, for people.
        t: i64,
        /// Whose row.
        node: NodeId,
        /// What they say now; nothing where that is what was last put.
        edited: Option<Edited>,
    },
    /// A command was answered. Only the figures that are there are compared.
    Answer {
        /// Virtual time, for people.
        t: i64,
        /// Which.
        op: Op,
        /// What, in the oracle's words.
        answer: Value,
    },
    /// A command ended without an answer: its outcome stays unknown to its caller.
    Fault {
        /// Which.
        op: Op,
        /// What was thrown.
        error: String,
    },
    /// A process lost everything it had not committed.
    Crash {
        /// Virtual time, for people.
        t: i64,
        /// Who.
        process: usize,
    },
    /// The run is over; every command had time to be answered.
    End {
        /// Virtual time, for people.
        t: i64,
    },
}

/// What one accepted commit put.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Commit {
    /// Virtual time, for people.
    pub t: i64,
    /// Whose tree.
    pub tree: NodeId,
    /// The entries, in order.
    pub entries: Vec<Entry>,
    /// The node rows, as they are now.
    pub nodes: Vec<Node>,
}

/// An entry as the store has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its place in its tree.
    pub seq: u64,
    /// The command that it came from; nobody asks for an edit to be taken in.
    #[serde(default)]
    pub op: Option<Op>,
    /// `charge`, `reserve`, `settle`, `release`, `extend`, `mint`, `revoke`, `set_budget` or `adjust`.
    pub kind: String,
    /// The node it happened to.
    pub node: NodeId,
    /// The tree's time of the decision.
    pub at_ms: i64,
    /// What was charged, is held, came back, or the new cap.
    pub amount: i64,
    /// The hold.
    pub hold: Option<HoldId>,
    /// Its expiry afterwards.
    pub expires_at_ms: Option<i64>,
    /// The node's own spent afterwards.
    pub used: i64,
    /// The node's own remaining afterwards.
    pub remaining: Option<i64>,
    /// By how much a cap was broken.
    pub overdraft: i64,
    /// A settle after the hold's end.
    pub late: bool,
}

/// A node row as the store has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// Which.
    pub node: NodeId,
    /// Its cap.
    pub cap: Option<i64>,
    /// Its counter.
    pub spent: i64,
    /// Its holds: an expiry and a sum.
    pub buckets: Vec<(i64, i64)>,
    /// When its window began.
    pub window_start_ms: i64,
    /// When the next begins.
    pub reset_at_ms: Option<i64>,
    /// The rule of its windows.
    pub rule: Option<Rule>,
    /// Whether it is revoked.
    pub revoked: bool,
    /// On a root: its `seq` and greatest time.
    pub root: Option<(u64, i64)>,
}

/// A history as text.
pub fn write(lines: &[Line]) -> serde_json::Result<String> {
    let mut text = String::new();
    for line in lines {
        text.push_str(&serde_json::to_string(line)?);
        text.push('\n');
    }
    Ok(text)
}

/// A history from text; an error names the line.
pub fn read(text: &str) -> Result<Vec<Line>, String> {
    let parse = |(place, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|error| format!("line {}: {error}: {line}", place + 1))
    };
    text.lines().enumerate().filter(|(_, line)| !line.is_empty()).map(parse).collect()
}
