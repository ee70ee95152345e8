//! What becomes of a row whose public columns somebody else wrote.

#![allow(clippy::panic)]

use keyrail_core::amount::Microcents;
use keyrail_core::ledger::{
    Bucket, Budget, Command, EntryKind, Grant, Ledger, NodeHandle, NodeId, NodeRow, NodeState, Outcome, RootState,
};
use keyrail_core::window::{Alignment, Period, WindowRule};

const CENT: i64 = 1_000_000;
const HOUR_MS: i64 = 3_600_000;

fn microcents(amount: i64) -> Microcents {
    Microcents::new(amount).unwrap_or(Microcents::MAX)
}

/// A root and a child: 50 cents and 10.3 cents spent, a hold of 1 cent on both, hourly windows to 1:00.
fn tree() -> (Ledger, NodeHandle, NodeHandle) {
    let mut ledger = Ledger::new();
    let budget = |spent| Budget {
        cap: None,
        rule: Some(WindowRule { period: Period::Hour, alignment: Alignment::Anchored, anchor_ms: 0 }),
        window: 4,
        window_start_ms: 0,
        reset_at_ms: Some(HOUR_MS),
        spent: microcents(spent),
        buckets: vec![Bucket { expires_at_ms: 10 * HOUR_MS, held: microcents(CENT) }],
    };
    let mut load = |id, parent: Option<u64>, spent| {
        let root = parent.is_none().then_some(RootState { seq: 7, greatest_now_ms: 5 });
        let state = NodeState { budget: budget(spent), root, ..NodeState::default() };
        let row = NodeRow { id: NodeId(id), parent: parent.map(NodeId), grant: Grant::default(), state };
        ledger.load_node(row).unwrap_or_else(|error| panic!("{error:?}"))
    };
    let root = load(1, None, 50 * CENT);
    let child = load(2, Some(1), 10 * CENT + 300_000);
    (ledger, root, child)
}

/// Spent, window, end and what is held of a node.
fn books(ledger: &Ledger, node: NodeHandle) -> (i64, u64, Option<i64>, i64) {
    let Some(row) = ledger.node_row(node) else { panic!("no such node") };
    let budget = &row.state.budget;
    let held = budget.buckets.iter().map(|bucket| bucket.held.get()).sum();
    (budget.spent.get(), budget.window, budget.reset_at_ms, held)
}

/// An edit of the child at an instant, then: the child, the root, the entry's amount and windows.
type Row = (i64, (i64, Option<i64>), (i64, u64, Option<i64>, i64), (i64, u64, Option<i64>, i64), i64, [u64; 2]);

#[test]
fn more_counts_on_the_whole_chain_and_less_on_the_row_alone() {
    let end = Some(HOUR_MS);
    let same = (50 * CENT, 4, end, CENT);
    let table: &[Row] = &[
        // Somebody charged 3 cents: what was there below a cent stays.
        (9, (13, end), (13 * CENT + 300_000, 4, end, CENT), (53 * CENT, 4, end, CENT), 3 * CENT, [4, 4]),
        // Somebody set it back: to the cent, on this row.
        (9, (2, end), (2 * CENT, 4, end, CENT), same, -8 * CENT - 300_000, [4, 4]),
        (9, (0, end), (0, 4, end, CENT), same, -10 * CENT - 300_000, [4, 4]),
        (9, (-5, end), (-5 * CENT, 4, end, CENT), same, -15 * CENT - 300_000, [4, 4]),
        // Only the end was moved: window, spent and holds stay.
        (9, (10, Some(2 * HOUR_MS)), (10 * CENT + 300_000, 4, Some(2 * HOUR_MS), CENT), same, 0, [4, 4]),
        (9, (10, Some(100)), (10 * CENT + 300_000, 4, Some(100), CENT), same, 0, [4, 4]),
        // Beyond what a column shows there is no difference to see.
        (
            9,
            (i64::MAX, end),
            (9_000_000_000 * CENT, 4, end, CENT),
            (9_000_000_000 * CENT, 4, end, CENT),
            9_000_000_000 * CENT - 10 * CENT - 300_000,
            [4, 4],
        ),
    ];
    for (now_ms, (used_cents, reset_at_ms), child_after, root_after, amount, windows) in table {
        let (mut ledger, root, child) = tree();
        let adjust = Command::Adjust { node: child, used_cents: *used_cents, reset_at_ms: *reset_at_ms };
        assert_eq!(ledger.decide(*now_ms, &adjust), Ok(Outcome::Touched));
        assert_eq!(books(&ledger, child), *child_after, "{adjust:?}");
        assert_eq!(books(&ledger, root), *root_after, "{adjust:?}");
        let changes = ledger.changes(root);
        let [entry] = changes.entries.as_slice() else { panic!("{adjust:?}") };
        assert_eq!((entry.kind, entry.seq, entry.amount.get()), (EntryKind::Adjust, 8, *amount), "{adjust:?}");
        assert_eq!(entry.windows.iter().copied().collect::<Vec<_>>(), windows, "{adjust:?}");
    }
}

#[test]
fn an_end_moved_later_once_it_had_passed_is_a_window_rolled_elsewhere() {
    let (mut ledger, root, child) = tree();
    let now_ms = HOUR_MS + 60_000;
    let adjust = Command::Adjust { node: child, used_cents: 6, reset_at_ms: Some(now_ms + HOUR_MS) };
    assert_eq!(ledger.decide(now_ms, &adjust), Ok(Outcome::Touched));
    // What the other process spent in the new window is all that counts, here and above.
    assert_eq!(books(&ledger, child), (6 * CENT, 5, Some(now_ms + HOUR_MS), 0));
    assert_eq!(books(&ledger, root), (6 * CENT, 5, Some(2 * HOUR_MS), 0));
    let entry = ledger.changes(root).entries.first().map(|entry| (entry.amount.get(), entry.windows.to_vec()));
    assert_eq!(entry, Some((6 * CENT, vec![5, 5])));
}

#[test]
fn an_increase_of_a_window_that_is_over_counts_in_it_and_not_in_the_next() {
    let (mut ledger, root, child) = tree();
    let adjust = Command::Adjust { node: child, used_cents: 13, reset_at_ms: Some(HOUR_MS) };
    assert_eq!(ledger.decide(HOUR_MS, &adjust), Ok(Outcome::Touched));
    assert_eq!(books(&ledger, child), (0, 5, Some(2 * HOUR_MS), 0));
    let entry = ledger.changes(root).entries.first().map(|entry| (entry.amount.get(), entry.windows.to_vec()));
    assert_eq!(entry, Some((3 * CENT, vec![5, 4])));
}

#[test]
fn an_end_means_nothing_where_there_are_no_windows() {
    let (mut ledger, root, child) = tree();
    let set_budget = Command::SetBudget { node: child, cap: None, rule: Some(None) };
    assert!(matches!(ledger.decide(9, &set_budget), Ok(Outcome::BudgetSet(_))));
    for reset_at_ms in [Some(5), Some(7)] {
        let adjust = Command::Adjust { node: child, used_cents: 10, reset_at_ms };
        assert_eq!(ledger.decide(9, &adjust), Ok(Outcome::Touched));
    }
    // What the child used is not counted a second time above.
    assert_eq!(books(&ledger, child), (10 * CENT + 300_000, 4, Some(7), CENT));
    assert_eq!(books(&ledger, root).0, 50 * CENT);
}
