//! The smallest run through the ledger: mint, reserve, settle, deny.

#![allow(clippy::panic)]

use keyrail_core::amount::Microcents;
use keyrail_core::ledger::{Command, Grant, Ledger, NodeHandle, NodeId, OnExceed, Outcome, Reason};

fn cents(cents: i64) -> Microcents {
    Microcents::new(cents * 1_000_000).unwrap_or(Microcents::MAX)
}

fn mint(ledger: &mut Ledger, id: u64, parent: Option<NodeHandle>, cap: i64) -> NodeHandle {
    let command = Command::Mint {
        id: NodeId(id),
        parent,
        grant: Grant::default(),
        cap: Some(cents(cap)),
        rule: None,
        on_exceed: OnExceed::Clamp,
    };
    match ledger.decide(0, &command) {
        Ok(Outcome::Minted(minted)) => minted.node,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_hold_counts_until_its_instant_and_then_no_more() {
    let mut ledger = Ledger::new();
    let root = mint(&mut ledger, 1, None, 100);
    ledger.accept(root);
    let leaf = mint(&mut ledger, 2, Some(root), 90);
    ledger.accept(root);
    let reserve = |cost| Command::Reserve {
        node: leaf,
        cost: cents(cost),
        asked: cents(cost),
        at_least: None,
        whole_cents: false,
        ttl_ms: 1_000,
    };
    let Ok(Outcome::Held { hold, .. }) = ledger.decide(0, &reserve(60)) else { panic!("refused") };
    let Ok(Outcome::Refused(refusal)) = ledger.decide(hold.expires_at_ms - 1, &reserve(60)) else { panic!("held") };
    assert_eq!(refusal.reason, Reason::BudgetExceeded);
    assert_eq!(refusal.binding.map(|binding| (binding.node, binding.held)), Some((leaf, cents(60))));
    let changes = ledger.changes(root);
    assert_eq!((changes.nodes_put.len(), changes.holds_made.len(), changes.entries.len()), (2, 1, 1));
    assert!(matches!(ledger.decide(hold.expires_at_ms, &reserve(60)), Ok(Outcome::Held { .. })));
    ledger.reject(root);
    assert_eq!(ledger.node_row(root).map(|row| row.state.budget.buckets.len()), Some(0));
}
