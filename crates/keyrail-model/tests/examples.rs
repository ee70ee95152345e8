//! What the oracle says, told in examples: one table a rule. Amounts in microcents, times in ms.

use keyrail_model::{Alignment, Answer, Book, Budget, Clamped, Command, OnExceed, Period, Reason, Rule};

const HOUR_MS: i64 = 3_600_000;
const HOURLY: Rule = Rule { period: Period::Hour, alignment: Alignment::Anchored, anchor_ms: Some(0) };

fn mint(node: u64, parent: Option<u64>, cap: Option<i64>, rule: Option<Rule>) -> Command {
    let (scopes, expires_at_ms, on_exceed) = (None, None, OnExceed::Clamp);
    Command::Mint { node, parent, scopes, expires_at_ms, cap, rule, on_exceed }
}

fn charge(node: u64, cost: i64) -> Command {
    Command::Charge { node, cost, overdraft: false, key: None }
}

fn reserve(node: u64, hold: u64, cost: i64, at_least: Option<i64>) -> Command {
    Command::Reserve { node, hold, cost, at_least, whole_cents: false, ttl_ms: 1_000, key: None }
}

fn charged(used: i64, remaining: Option<i64>) -> Answer {
    Answer::Charged { used, remaining, overdraft: 0 }
}

fn held(hold: u64, amount: i64, expires_at_ms: i64, used: i64, remaining: Option<i64>) -> Answer {
    Answer::Held { hold, amount, expires_at_ms, used, remaining }
}

fn settled(cost: i64, overdraft: i64, late: bool) -> Answer {
    Answer::Settled { cost, overdraft, late }
}

fn over_budget(binding: (u64, i64, i64, i64), requested: i64) -> Answer {
    let (node, cap, spent, held) = binding;
    let remaining = Some((cap - spent - held).max(0));
    let binding =
        Budget { node, cap: Some(cap), spent, held, remaining, period: None, window_start_ms: 0, reset_at_ms: None };
    Answer::Refused { reason: Reason::BudgetExceeded, binding: Some(binding), requested }
}

fn refused(reason: Reason) -> Answer {
    Answer::Refused { reason, binding: None, requested: 0 }
}

/// Commits what comes before the table, then compares each answer of the table and commits it.
fn check(before: &[Command], table: &[(i64, Command, Answer)]) {
    let mut book = Book::new();
    for command in before {
        book.commit(0, command);
    }
    for (now_ms, command, expected) in table {
        assert_eq!(book.commit(*now_ms, command), *expected, "at {now_ms}: {command:?}");
    }
}

#[test]
fn every_cap_of_the_chain_counts_the_whole_subtree() {
    check(
        &[mint(1, None, Some(5), None), mint(2, Some(1), Some(4), None), mint(3, Some(1), None, None)],
        &[
            (0, charge(2, 3), charged(3, Some(1))),
            (0, charge(3, 2), charged(2, None)),
            (0, charge(2, 1), over_budget((1, 5, 5, 0), 1)),
            (0, charge(3, 1), over_budget((1, 5, 5, 0), 1)),
        ],
    );
}

#[test]
fn a_hold_comes_back_at_its_very_instant() {
    check(
        &[mint(1, None, Some(5), None)],
        &[
            (1, reserve(1, 7, 4, None), held(7, 4, 1_008, 0, Some(1))),
            (1_007, reserve(1, 8, 2, None), over_budget((1, 5, 0, 4), 2)),
            (1_007, reserve(1, 8, 2, Some(1)), held(8, 1, 2_016, 0, Some(0))),
            (1_008, charge(1, 4), charged(4, Some(0))),
            (1_008, Command::Release { hold: 7 }, Answer::Released { amount: 0 }),
            (1_008, Command::Extend { hold: 7, ttl_ms: Some(5_000), cost: None }, refused(Reason::HoldExpired)),
            (1_008, Command::Settle { hold: 7, cost: 4 }, settled(4, 4, true)),
            (9_999, Command::Settle { hold: 7, cost: 1 }, settled(4, 4, true)),
            (9_999, Command::Release { hold: 7 }, refused(Reason::HoldSettled)),
        ],
    );
}

#[test]
fn a_settle_above_its_hold_is_recorded_with_what_it_broke() {
    check(
        &[mint(1, None, Some(5), None)],
        &[
            (0, reserve(1, 7, 3, None), held(7, 3, 1_008, 0, Some(2))),
            (0, reserve(1, 8, 1, None), held(8, 1, 1_008, 0, Some(1))),
            (0, Command::Settle { hold: 7, cost: 4 }, settled(4, 0, false)),
            (0, Command::Settle { hold: 8, cost: 6 }, settled(6, 5, false)),
        ],
    );
}

#[test]
fn an_old_holds_money_stays_in_its_own_window() {
    check(
        &[mint(1, None, Some(5), Some(HOURLY))],
        &[
            (HOUR_MS - 1, reserve(1, 7, 5, None), held(7, 5, HOUR_MS + 1_008, 0, Some(0))),
            (HOUR_MS, charge(1, 5), charged(5, Some(0))),
            (HOUR_MS, Command::Extend { hold: 7, ttl_ms: None, cost: Some(6) }, refused(Reason::WindowRolled)),
            (HOUR_MS, Command::Settle { hold: 7, cost: 9 }, settled(9, 0, false)),
            (2 * HOUR_MS, charge(1, 1), charged(1, Some(4))),
        ],
    );
}

#[test]
fn time_never_goes_back_inside_a_tree() {
    check(
        &[mint(1, None, Some(5), None)],
        &[
            (5_000, charge(1, 1), charged(1, Some(4))),
            (0, reserve(1, 7, 4, None), held(7, 4, 6_000, 1, Some(0))),
            (0, charge(1, 1), over_budget((1, 5, 1, 4), 1)),
        ],
    );
}

#[test]
fn a_child_gets_at_most_what_its_parent_has() {
    let asked = Command::Mint {
        node: 2,
        parent: Some(1),
        scopes: Some(vec![3, 9, 3]),
        expires_at_ms: Some(900),
        cap: Some(8),
        rule: None,
        on_exceed: OnExceed::Clamp,
    };
    let root = Command::Mint {
        node: 1,
        parent: None,
        scopes: Some(vec![3, 4]),
        expires_at_ms: Some(500),
        cap: Some(5),
        rule: None,
        on_exceed: OnExceed::Clamp,
    };
    let clamped = Clamped { scopes: true, cap: true, expires_at: true };
    let given = Answer::Minted { scopes: Some(vec![3, 3]), cap: Some(5), expires_at_ms: Some(500), clamped };
    check(&[root], &[(0, asked.clone(), given), (500, asked, refused(Reason::Expired))]);
}

#[test]
fn an_idempotency_key_answers_once_and_a_refusal_is_forgotten() {
    let keyed = |cost| Command::Charge { node: 1, cost, overdraft: false, key: Some("k".to_owned()) };
    let raise = Command::SetBudget { node: 1, cap: Some(Some(9)), rule: None };
    let mut book = Book::new();
    book.commit(0, &mint(1, None, Some(2), None));
    assert_eq!(book.commit(0, &keyed(3)), over_budget((1, 2, 0, 0), 3));
    book.commit(0, &raise);
    assert_eq!(book.commit(0, &keyed(3)), charged(3, Some(6)));
    assert_eq!(book.commit(0, &charge(1, 1)), charged(4, Some(5)));
    assert_eq!(book.commit(0, &keyed(3)), charged(3, Some(6)));
    assert_eq!(book.commit(0, &keyed(4)), refused(Reason::IdempotencyKeyReused));
    assert_eq!(book.spent(1, 0), 4);
}

#[test]
fn a_revoked_ancestor_stops_everything_but_a_settle() {
    let revoke = Command::Revoke { node: 1 };
    check(
        &[mint(1, None, None, None), mint(2, Some(1), None, None), reserve(2, 7, 3, None)],
        &[
            (0, revoke.clone(), Answer::Revoked { revoked: true }),
            (0, revoke, Answer::Revoked { revoked: false }),
            (0, Command::Validate { node: 2 }, refused(Reason::AncestorRevoked)),
            (0, charge(2, 1), refused(Reason::InvalidKey)),
            (0, reserve(2, 8, 0, None), refused(Reason::AncestorRevoked)),
            (0, Command::Settle { hold: 7, cost: 3 }, settled(3, 0, false)),
        ],
    );
}
