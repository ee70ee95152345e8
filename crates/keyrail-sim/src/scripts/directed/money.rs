//! Scripts about money: charges, holds, and the keys under which they happen once.

use super::super::{Author, Grant};
use super::{CENT, DAY_MS, MINUTE_MS, SECOND_MS, Write, capped};
use serde_json::json;

/// The largest amount, in microcents.
const MOST: i64 = 9_000_000_000 * CENT;

/// Each with its name.
pub(super) const SCRIPTS: &[(&str, Write)] = &[
    ("a charge counts in a key and every key above it, and in no other", charges),
    ("the tightest budget of the chain refuses, and is named", refusals),
    ("what was recorded above a cap admits nothing more until it fits", overdrafts),
    ("a hold counts until it is settled, released or over", holds),
    ("a settle charges in full, whatever became of the hold", settles),
    ("a release gives back once", releases),
    ("an extend gives more time, never less, and another amount if it fits", extends),
    ("a hold is over at its expiry and not an instant sooner", expiries),
    ("a partial hold takes what is left", partial_holds),
    ("an idempotency key charges once", charge_keys),
    ("an idempotency key reserves once, and tells what became of the hold", reserve_keys),
    ("amounts below a cent are exact", fractions),
    ("the largest amounts", largest),
    ("costs and lifetimes that are none", bad_input),
];

fn charges(a: &mut Author) {
    let root = a.root(Grant::default());
    let team = a.child(root, capped(50));
    let one = a.child(team, capped(20));
    let other = a.child(team, Grant::default());
    a.charge(one, 7 * CENT);
    a.charge(other, 5 * CENT);
    a.charge(root, CENT);
    a.budgets(one);
    a.budgets(other);
    a.validate(one);
    a.validate(other);
    a.headroom(other);
}

fn refusals(a: &mut Author) {
    let root = a.root(capped(30));
    let team = a.child(root, capped(30));
    let one = a.child(team, capped(10));
    a.charge(one, 11 * CENT);
    a.charge(one, 10 * CENT);
    a.validate(one);
    a.reserve(one, 0, MINUTE_MS);
    a.reserve(one, CENT, MINUTE_MS);
    a.reserve(team, 21 * CENT, MINUTE_MS);
    a.headroom(team);
    a.charge(root, 15 * CENT);
    a.charge(team, 6 * CENT);
    a.charge(team, 5 * CENT);
    a.validate(team);
    a.budgets(one);
}

fn overdrafts(a: &mut Author) {
    let root = a.root(capped(10));
    let one = a.child(root, capped(5));
    a.charge_with(one, 8 * CENT, true, None);
    a.validate(one);
    a.charge(root, 3 * CENT);
    a.charge(root, 2 * CENT);
    a.charge_with(root, 4 * CENT, true, None);
    a.budgets(one);
    a.headroom(one);
    a.set_cap(one, Some(20 * CENT));
    a.set_cap(root, Some(20 * CENT));
    a.charge(one, 6 * CENT);
    a.charge_with(one, CENT, true, None);
}

fn holds(a: &mut Author) {
    let root = a.root(capped(20));
    let one = a.child(root, capped(10));
    let first = a.reserve(one, 6 * CENT, MINUTE_MS);
    a.reserve(one, 5 * CENT, MINUTE_MS);
    a.validate(one);
    a.charge(one, 5 * CENT);
    a.charge(one, 4 * CENT);
    a.budgets(one);
    a.settle(first, 2 * CENT);
    a.budgets(one);
    let second = a.reserve(one, 4 * CENT, MINUTE_MS);
    a.validate(one);
    a.release(second);
    a.validate(one);
    a.headroom(one);
}

fn settles(a: &mut Author) {
    let root = a.root(capped(10));
    let held = a.reserve(root, 4 * CENT, MINUTE_MS);
    a.settle(held, 3 * CENT);
    a.settle(held, 9 * CENT);
    let smaller = a.reserve(root, 4 * CENT, MINUTE_MS);
    a.settle(smaller, 8 * CENT);
    a.budgets(root);
    a.set_cap(root, Some(30 * CENT));
    let released = a.reserve(root, 2 * CENT, MINUTE_MS);
    a.release(released);
    a.settle(released, 2 * CENT);
    a.release(released);
    let over = a.reserve(root, 5 * CENT, SECOND_MS);
    a.wait(10 * SECOND_MS);
    a.settle(over, 20 * CENT);
    a.settle(over, CENT);
    a.budgets(root);
    let nothing = a.reserve(root, 0, MINUTE_MS);
    a.settle(nothing, 0);
}

fn releases(a: &mut Author) {
    let root = a.root(capped(10));
    let held = a.reserve(root, 4 * CENT, MINUTE_MS);
    a.release(held);
    a.release(held);
    let over = a.reserve(root, 4 * CENT, SECOND_MS);
    a.wait(2 * SECOND_MS);
    a.release(over);
    let settled = a.reserve(root, 4 * CENT, MINUTE_MS);
    a.settle(settled, CENT);
    a.release(settled);
    a.budgets(root);
}

fn extends(a: &mut Author) {
    let root = a.root(capped(10));
    let held = a.reserve(root, 4 * CENT, MINUTE_MS);
    a.extend(held, Some(5 * MINUTE_MS), None);
    a.extend(held, Some(SECOND_MS), None);
    a.extend(held, None, Some(10 * CENT));
    a.extend(held, Some(10 * MINUTE_MS), Some(11 * CENT));
    a.extend(held, None, Some(3 * CENT));
    a.extend(held, Some(500), None);
    a.extend(held, Some(31 * DAY_MS), None);
    a.budgets(root);
    a.revoke(root, true);
    a.extend(held, None, Some(4 * CENT));
    a.extend(held, Some(20 * MINUTE_MS), None);
    a.settle(held, CENT);
    a.extend(held, Some(MINUTE_MS), None);
}

fn expiries(a: &mut Author) {
    let root = a.root(capped(10));
    for ttl_ms in [SECOND_MS, 33_333, 5 * MINUTE_MS, 30 * DAY_MS] {
        let held = a.reserve(root, 10 * CENT, ttl_ms);
        let expiry_ms = a.expiry_of(held);
        a.wait_until(expiry_ms - 1);
        a.charge(root, 1);
        a.wait_until(expiry_ms);
        a.headroom(root);
        a.extend(held, Some(MINUTE_MS), None);
    }
}

fn partial_holds(a: &mut Author) {
    let root = a.root(capped(20));
    let one = a.child(root, capped(10));
    a.charge(one, 4 * CENT);
    let held = a.reserve_with(one, 9 * CENT, MINUTE_MS, Some(5 * CENT), None);
    a.validate(one);
    a.reserve_with(one, CENT, MINUTE_MS, Some(0), None);
    a.settle(held, 3 * CENT);
    a.reserve_with(one, 9 * CENT, MINUTE_MS, Some(4 * CENT), None);
    a.reserve_with(one, 3 * CENT, MINUTE_MS, Some(3 * CENT), None);
    a.reserve_with(root, 50 * CENT, MINUTE_MS, Some(1), None);
    a.reserve_with(one, CENT, MINUTE_MS, Some(2 * CENT), None);
}

fn charge_keys(a: &mut Author) {
    let root = a.root(capped(10));
    let one = a.child(root, capped(9));
    a.charge_with(one, 4 * CENT, false, Some("once"));
    a.charge_with(one, 4 * CENT, false, Some("once"));
    a.charge_with(one, 5 * CENT, false, Some("once"));
    a.charge_with(root, 4 * CENT, false, Some("once"));
    a.charge_with(one, 4 * CENT, false, Some("refused"));
    a.set_cap(root, Some(20 * CENT));
    a.charge_with(one, 4 * CENT, false, Some("refused"));
    a.charge_with(one, 4 * CENT, false, Some("Once"));
    a.wait(29 * DAY_MS);
    a.charge_with(one, 4 * CENT, false, Some("once"));
    a.revoke(one, true);
    a.charge_with(one, 4 * CENT, false, Some("once"));
    a.charge_with(one, 4 * CENT, false, Some("other"));
    a.budgets(one);
}

fn reserve_keys(a: &mut Author) {
    let root = a.root(capped(30));
    let once = |a: &mut Author, key: &str| a.reserve_with(root, 4 * CENT, MINUTE_MS, None, Some(key));
    let first = once(a, "a");
    once(a, "a");
    a.extend(first, Some(5 * MINUTE_MS), Some(5 * CENT));
    once(a, "a");
    a.reserve_with(root, 5 * CENT, MINUTE_MS, None, Some("a"));
    a.charge_with(root, 4 * CENT, false, Some("a"));
    a.settle(first, CENT);
    once(a, "a");
    let second = once(a, "b");
    a.release(second);
    once(a, "b");
    once(a, "c");
    a.wait(2 * MINUTE_MS);
    once(a, "c");
    a.budgets(root);
}

fn fractions(a: &mut Author) {
    let root = a.root(capped(1));
    let one = a.child(root, Grant::default());
    a.charge(one, 1);
    a.charge(one, 170);
    let held = a.reserve(one, 333_333, MINUTE_MS);
    a.settle(held, 333_334);
    a.charge(one, 666_495);
    a.headroom(one);
    a.charge(one, 1);
    a.charge_with(one, 1, true, None);
    a.budgets(one);
}

fn largest(a: &mut Author) {
    let root = a.root(Grant { cap: Some(MOST), ..Grant::default() });
    let open = a.root(Grant::default());
    a.charge(root, MOST - CENT);
    a.charge(root, CENT);
    a.charge(root, 1);
    a.charge_with(root, 1, true, None);
    a.charge(open, MOST);
    a.charge(open, 1);
    a.reserve(open, CENT, MINUTE_MS);
    a.reserve(open, 0, MINUTE_MS);
    a.budgets(open);
    let other = a.root(Grant::default());
    let held = a.reserve(other, MOST - CENT, MINUTE_MS);
    a.extend(held, None, Some(MOST));
    a.charge(other, 1);
    a.settle(held, MOST);
    a.validate(other);
}

fn bad_input(a: &mut Author) {
    let root = a.root(capped(10));
    let refused = |reason: &str| json!({ "success": false, "reason": reason });
    a.by_hand("trackUsage", root, json!({ "costCents": 0 }), json!({ "success": true }));
    a.by_hand("trackUsage", root, json!({ "costCents": -5 }), json!({ "success": true }));
    a.by_hand("trackUsage", root, json!({ "costCents": "5" }), refused("invalid_cost"));
    a.by_hand("trackUsage", root, json!({ "costCents": null }), refused("invalid_cost"));
    a.by_hand("trackUsage", root, json!({ "costCents": 9_000_000_001_i64 }), refused("amount_out_of_range"));
    a.by_hand("reserve", root, json!({ "costCents": -1 }), refused("invalid_cost"));
    a.by_hand("reserve", root, json!({ "costCents": 1e300 }), refused("amount_out_of_range"));
    a.by_hand("reserve", root, json!({ "costCents": 5, "atLeastCents": 6 }), refused("invalid_cost"));
    a.by_hand("reserve", root, json!({ "costCents": 5, "ttl": "soon" }), refused("invalid_ttl"));
    a.reserve(root, CENT, 999);
    a.reserve(root, CENT, 30 * DAY_MS + 1);
    let held = a.reserve(root, CENT, 30 * DAY_MS);
    a.extend(held, Some(0), None);
    a.settle(held, -1);
    a.extend(held, None, Some(-1));
    a.budgets(root);
}
