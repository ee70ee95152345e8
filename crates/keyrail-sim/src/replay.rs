//! The answer that an entry gave, for a repeat and for a commit whose answer was lost.

use crate::bridge::Bridge;
use crate::store::StoredEntry;
use keyrail_core::amount::Microcents;
use keyrail_core::ledger::EntryKind;
use keyrail_model::Answer;
use serde_json::{Value, json};

/// The answer again; a reserve tells of its hold as it is now.
pub(crate) fn answer(entry: &StoredEntry, bridge: &Bridge) -> Value {
    let row = &entry.row;
    let (used, remaining) = (row.used.get(), row.remaining.map(Microcents::get));
    let hold = entry.hold.unwrap_or_default();
    let answer = match row.kind {
        EntryKind::Charge => Answer::Charged { used, remaining, overdraft: row.overdraft.get() },
        EntryKind::Settle => Answer::Settled { cost: row.amount.get(), overdraft: row.overdraft.get(), late: row.late },
        EntryKind::Release => Answer::Released { amount: row.amount.get() },
        EntryKind::Reserve | EntryKind::Extend => {
            let now = bridge.hold_row(hold);
            let amount = now.map_or(row.amount, |hold| hold.amount).get();
            let expires_at_ms = now.map_or(row.expires_at_ms.unwrap_or_default(), |hold| hold.expires_at_ms);
            Answer::Held { hold, amount, expires_at_ms, used, remaining }
        }
        EntryKind::Revoke => Answer::Revoked { revoked: true },
        EntryKind::Adjust => Answer::Touched,
        // What a mint or a changed budget gave stands in the node's row, which others may have
        // changed since: only that it is done can be said again.
        EntryKind::Mint | EntryKind::SetBudget => return json!({}),
    };
    serde_json::to_value(answer).expect("an answer is plain data")
}
