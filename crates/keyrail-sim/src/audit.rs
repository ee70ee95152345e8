//! The promises, checked from a ledger's own rows and entries, without the oracle.

use crate::bridge::Rows;
use keyrail_core::amount::Microcents;
use keyrail_core::ledger::{EntryKind, EntryRow, HoldEnd, NodeId, NodeRow};
use keyrail_model::Budget;

/// The chain of a node among these rows, root first.
fn chain(rows: &Rows, node: NodeId) -> Vec<&NodeRow> {
    let mut chain = Vec::new();
    let mut next = Some(node);
    while let Some(row) = next.and_then(|id| rows.nodes.iter().find(|row| row.id == id)) {
        chain.insert(0, row);
        next = row.parent;
    }
    chain
}

/// Promise 4: what the entries say was spent in the current window of every node is what its row
/// counts, and what the open holds say is held is what its buckets sum to at `at_ms`.
pub fn books_agree(rows: &Rows, entries: &[EntryRow], at_ms: i64) -> Result<(), String> {
    for (place, entry) in entries.iter().enumerate() {
        if entry.seq != place as u64 + 1 {
            return Err(format!("entry {} has seq {}", place + 1, entry.seq));
        }
    }
    for row in &rows.nodes {
        let counts = |node: NodeId, windows: &[u64]| {
            let place = chain(rows, node).iter().position(|above| above.id == row.id);
            place.and_then(|place| windows.get(place)) == Some(&row.state.budget.window)
        };
        // What somebody else took back is gone from his row alone.
        let is_here = |entry: &EntryRow| entry.amount >= Microcents::ZERO || entry.node == row.id;
        let charges = |entry: &&EntryRow| match entry.kind {
            EntryKind::Charge | EntryKind::Settle => true,
            EntryKind::Adjust => is_here(entry),
            _ => false,
        };
        let charged = entries.iter().filter(charges).filter(|entry| counts(entry.node, &entry.windows));
        let spent: i64 = charged.map(|entry| entry.amount.get()).sum();
        if spent != row.state.budget.spent.get() {
            return Err(format!("node {}: entries sum to {spent}, its row has {:?}", row.id.0, row.state.budget.spent));
        }
        let is_open = |end: HoldEnd, expires_at_ms: i64| end == HoldEnd::Open && expires_at_ms > at_ms;
        let open = rows.holds.values().filter(|hold| is_open(hold.end, hold.expires_at_ms));
        let held: i64 = open.filter(|hold| counts(hold.node, &hold.windows)).map(|hold| hold.amount.get()).sum();
        let buckets = row.state.budget.buckets.iter().filter(|bucket| bucket.expires_at_ms > at_ms);
        let counted: i64 = buckets.map(|bucket| bucket.held.get()).sum();
        if held != counted {
            return Err(format!("node {}: open holds sum to {held}, its buckets to {counted}", row.id.0));
        }
        if row.state.budget.buckets.iter().any(|bucket| bucket.held <= Microcents::ZERO) {
            return Err(format!("node {}: an empty bucket stays", row.id.0));
        }
    }
    Ok(())
}

/// Promises 1 and 3: an admission leaves no node of the chain above its cap, and nothing else may
/// raise what is above it by more than the overdraft it reports.
pub fn caps_hold(before: &[Budget], after: &[Budget], is_admission: bool, may_rise: Option<i64>) -> Result<(), String> {
    let above = |budget: &Budget| budget.headroom().map_or(0, |headroom| (-headroom).max(0));
    for (before, after) in before.iter().zip(after) {
        if is_admission && above(after) > 0 {
            return Err(format!("node {}: an admission left it at {after:?}", after.node));
        }
        if let Some(may_rise) = may_rise
            && above(after) - above(before) > may_rise
        {
            return Err(format!(
                "node {}: rose by more than {may_rise} above its cap: {before:?} {after:?}",
                after.node
            ));
        }
    }
    Ok(())
}
