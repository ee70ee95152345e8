//! What is recorded beside what the oracle says.

use crate::history::{Entry, Node};
use keyrail_model::{Answer, Book, Fact, Hold};
use serde_json::Value;
use std::collections::BTreeSet;

/// What a command is told that was carried out when its own answer was lost and its entry is found
/// later: the figures of then, what it made as it is now.
pub(crate) fn retold(accepted: &Answer, state: &Book, clocks: &BTreeSet<i64>) -> Vec<Answer> {
    match *accepted {
        Answer::Held { hold: id, used, remaining, .. } => {
            let hold = state.holds().remove(&id);
            let told = hold.map(|hold| {
                let Hold { amount, expires_at_ms, .. } = hold;
                Answer::Held { hold: id, amount, expires_at_ms, used, remaining }
            });
            told.into_iter().collect()
        }
        Answer::BudgetSet { budget } => {
            let at = |now_ms: &i64| state.budget(budget.node, state.tree_time(*now_ms));
            clocks.iter().filter_map(at).map(|budget| Answer::BudgetSet { budget }).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether a row counts what the history sums to. A roll that is due is not in the row yet.
pub(crate) fn agree(book: &Book, row: &Node) -> Result<(), String> {
    let at_ms = book.tree_time(i64::MIN);
    let Some(budget) = book.budget(row.node, at_ms) else { return Err(format!("node {} was never minted", row.node)) };
    let is_due = row.reset_at_ms.is_some_and(|reset_at_ms| at_ms >= reset_at_ms);
    let held: i64 = row.buckets.iter().filter(|(expires_at_ms, _)| *expires_at_ms > at_ms).map(|(_, sum)| sum).sum();
    let counted = (row.cap, row.spent, held, row.rule.and(row.reset_at_ms));
    let summed = (budget.cap, budget.spent, budget.held, budget.reset_at_ms);
    if row.cap == budget.cap && (is_due || counted == summed) {
        return Ok(());
    }
    Err(format!("node {} counts (cap, spent, held, reset) {counted:?}, its entries sum to {summed:?}", row.node))
}

/// Whether an entry tells what the oracle's event is.
pub(crate) fn says_the_same(entry: &Entry, fact: &Fact, answer: &Answer) -> Result<(), String> {
    let (kind, amount, hold, expires_at_ms) = match *fact {
        Fact::Charged { cost } => ("charge", cost, None, None),
        Fact::Reserved { hold, amount, expires_at_ms, .. } => ("reserve", amount, Some(hold), Some(expires_at_ms)),
        Fact::Extended { hold, amount, expires_at_ms } => ("extend", amount, Some(hold), Some(expires_at_ms)),
        Fact::Settled { hold, cost, .. } => ("settle", cost, Some(hold), None),
        Fact::Released { hold } => ("release", entry.amount, Some(hold), None),
        Fact::Minted { cap, .. } => ("mint", cap.unwrap_or(0), None, None),
        Fact::Revoked { .. } => ("revoke", 0, None, None),
        Fact::BudgetSet { cap, .. } => ("set_budget", cap.unwrap_or(0), None, None),
        Fact::Adjusted { change, .. } => ("adjust", change, None, None),
        Fact::Touched { .. } => ("touch", 0, None, None),
    };
    let told = (entry.kind.as_str(), entry.amount, entry.hold, entry.expires_at_ms);
    let figures_agree = match *answer {
        Answer::Charged { used, remaining, overdraft } => {
            (entry.used, entry.remaining, entry.overdraft) == (used, remaining, overdraft)
        }
        Answer::Held { used, remaining, .. } => (entry.used, entry.remaining) == (used, remaining),
        Answer::Settled { overdraft, late, .. } => (entry.overdraft, entry.late) == (overdraft, late),
        Answer::Released { amount } => entry.amount == amount,
        _ => true,
    };
    if told == (kind, amount, hold, expires_at_ms) && figures_agree {
        return Ok(());
    }
    Err(format!("the entry {entry:?} is not the oracle's {fact:?}, {answer:?}"))
}

/// An answer as it is recorded.
pub(crate) fn json(answer: &Answer) -> Value {
    serde_json::to_value(answer).unwrap_or_default()
}

/// Whether every figure that was recorded is the oracle's.
pub(crate) fn is_part_of(recorded: &Value, oracle: &Value) -> bool {
    match (recorded, oracle) {
        (Value::Object(recorded), Value::Object(oracle)) => {
            recorded.iter().all(|(name, value)| oracle.get(name).is_some_and(|other| is_part_of(value, other)))
        }
        (Value::Array(recorded), Value::Array(oracle)) => {
            recorded.len() == oracle.len() && recorded.iter().zip(oracle).all(|(value, other)| is_part_of(value, other))
        }
        _ => recorded == oracle,
    }
}
