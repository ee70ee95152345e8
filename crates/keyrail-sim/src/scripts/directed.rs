//! Scripts that are each about one thing.

use super::author::NOBODY;
use super::{Author, Grant, Script};
use keyrail_model::Period;
use serde_json::json;

const CENT: i64 = 1_000_000;
const SECOND_MS: i64 = 1_000;
const MINUTE_MS: i64 = 60 * SECOND_MS;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;
/// The largest amount, in microcents.
const MOST: i64 = 9_000_000_000 * CENT;

type Write = fn(&mut Author);

const DIRECTED: &[(&str, Write)] = &[
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
    ("revoked, also from above", revocations),
    ("expired, also from above", lifetimes),
    ("a tree is listed and revoked whole", trees),
    ("scopes are those of the whole chain", scopes),
    ("a child gets no more than its parent has", clamps),
    ("a child that asks for more is refused if it says so", rejections),
    ("a key is at most eight levels below its root", depths),
    ("a cap is clamped between equal periods only", periods_at_mint),
    ("windows of an hour and a day, from the key's own time", anchored_windows),
    ("windows of the calendar", calendar_windows),
    ("months from the 31st, through February", months),
    ("a hold counts in the window in which it was reserved", holds_over_windows),
    ("a budget is raised, lowered, removed and given other windows", budgets_change),
    ("subjects have budgets as keys have", subjects),
    ("amounts below a cent are exact", fractions),
    ("the largest amounts", largest),
    ("a clock that goes back", clock_goes_back),
    ("what does not exist", nobody),
    ("costs and lifetimes that are none", bad_input),
];

/// All of them.
pub(super) fn all() -> Vec<Script> {
    let written = DIRECTED.iter().map(|(name, write)| {
        let mut author = Author::default();
        write(&mut author);
        author.finish(name)
    });
    written.collect()
}

fn capped(cents: i64) -> Grant {
    Grant { cap: Some(cents * CENT), ..Grant::default() }
}

fn every(period: Period, cents: i64) -> Grant {
    Grant { period: Some(period), ..capped(cents) }
}

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

fn revocations(a: &mut Author) {
    let root = a.root(capped(30));
    let team = a.child(root, capped(20));
    let one = a.child(team, capped(10));
    let held = a.reserve(one, 4 * CENT, MINUTE_MS);
    a.revoke(team, false);
    a.validate(one);
    a.revoke(team, true);
    a.revoke(team, true);
    a.validate(one);
    a.validate(team);
    a.reserve(one, CENT, MINUTE_MS);
    a.reserve(team, CENT, MINUTE_MS);
    a.charge(one, CENT);
    a.charge_with(team, CENT, true, None);
    a.settle(held, 3 * CENT);
    a.child(team, Grant::default());
    a.child(one, Grant::default());
    a.charge(root, CENT);
    a.budgets(one);
}

fn lifetimes(a: &mut Author) {
    let root = a.root(Grant { expires_in_minutes: Some(30), ..capped(30) });
    let long = a.child(root, Grant { expires_in_minutes: Some(60), ..Grant::default() });
    let short = a.child(root, Grant { expires_in_minutes: Some(10), ..Grant::default() });
    let open = a.child(root, capped(5));
    let held = a.reserve(open, CENT, HOUR_MS);
    a.wait(10 * MINUTE_MS - 1);
    a.validate(short);
    a.wait(1);
    a.validate(short);
    a.reserve(short, CENT, MINUTE_MS);
    a.charge(short, CENT);
    a.validate(open);
    a.wait(20 * MINUTE_MS);
    a.validate(open);
    a.validate(long);
    a.validate(root);
    a.reserve(open, CENT, MINUTE_MS);
    a.charge(open, CENT);
    a.extend(held, None, Some(2 * CENT));
    a.settle(held, CENT);
    a.child(root, Grant::default());
    a.child(open, Grant::default());
    a.budgets(open);
}

fn trees(a: &mut Author) {
    let root = a.root(capped(30));
    let team = a.child(root, capped(20));
    let one = a.child(team, capped(10));
    let other = a.subject(Some(team), capped(10));
    let apart = a.child(root, Grant::default());
    a.revoke(other, true);
    a.subtree(team);
    a.subtree(one);
    a.revoke_tree(team);
    a.revoke_tree(team);
    a.subtree(root);
    a.validate(one);
    a.validate(apart);
    a.revoke_tree(root);
    a.charge(apart, CENT);
}

fn scopes(a: &mut Author) {
    let granted = |scopes: &[u32]| Grant { scopes: Some(scopes.to_vec()), ..Grant::default() };
    let root = a.root(granted(&[1, 2, 3]));
    let all = a.child(root, Grant::default());
    let admin = a.child(root, granted(&[0]));
    let some = a.child(admin, granted(&[3, 4, 1]));
    let none = a.child(some, granted(&[2]));
    for node in [root, all, admin, some, none] {
        a.validate(node);
    }
    let open = a.root(Grant::default());
    let below = a.child(open, granted(&[4, 4, 2]));
    let lower = a.child(below, granted(&[0, 1]));
    a.validate(below);
    a.validate(lower);
}

fn clamps(a: &mut Author) {
    let root = a.root(Grant { scopes: Some(vec![1, 2]), expires_in_minutes: Some(60), ..capped(30) });
    let more = Grant { scopes: Some(vec![1, 4]), expires_in_minutes: Some(90), ..capped(50) };
    let one = a.child(root, more.clone());
    a.validate(one);
    a.child(one, more);
    let less = a.child(root, Grant { scopes: Some(vec![2]), expires_in_minutes: Some(5), ..capped(3) });
    a.validate(less);
    let open = a.child(less, Grant::default());
    a.validate(open);
    a.charge(open, 4 * CENT);
}

fn rejections(a: &mut Author) {
    let root = a.root(Grant { scopes: Some(vec![1, 2]), expires_in_minutes: Some(60), ..capped(30) });
    let rejects = Grant { rejects: true, ..Grant::default() };
    a.child(root, Grant { cap: Some(31 * CENT), ..rejects.clone() });
    a.child(root, Grant { scopes: Some(vec![4]), ..rejects.clone() });
    a.child(root, Grant { expires_in_minutes: Some(61), ..rejects.clone() });
    a.subject(Some(root), Grant { cap: Some(31 * CENT), ..rejects.clone() });
    let fits = a.child(root, Grant { cap: Some(30 * CENT), scopes: Some(vec![2, 1]), ..rejects.clone() });
    a.child(fits, rejects);
    a.subtree(root);
}

fn depths(a: &mut Author) {
    let mut node = a.root(capped(5));
    for _ in 0..8 {
        node = a.child(node, Grant::default());
    }
    a.child(node, Grant::default());
    a.charge(node, 6 * CENT);
    a.charge(node, 5 * CENT);
    a.validate(node);
}

fn periods_at_mint(a: &mut Author) {
    let root = a.root(every(Period::Day, 30));
    a.child(root, every(Period::Day, 50));
    let hourly = a.child(root, every(Period::Hour, 50));
    a.child(root, capped(50));
    let whole = a.root(capped(20));
    a.child(whole, every(Period::Month, 50));
    a.charge(hourly, 31 * CENT);
    a.charge(hourly, 30 * CENT);
    a.wait(HOUR_MS);
    a.validate(hourly);
    a.budgets(hourly);
    a.wait(DAY_MS);
    a.charge(hourly, 30 * CENT);
}

fn anchored_windows(a: &mut Author) {
    let root = a.root(every(Period::Day, 20));
    a.wait(20 * MINUTE_MS);
    let one = a.child(root, every(Period::Hour, 5));
    a.charge(one, 5 * CENT);
    a.wait(HOUR_MS - 1);
    a.validate(one);
    a.wait(1);
    a.validate(one);
    a.charge(one, 5 * CENT);
    a.budgets(one);
    a.wait(5 * HOUR_MS);
    a.charge(one, 5 * CENT);
    a.wait(16 * HOUR_MS);
    a.charge(one, 5 * CENT);
    a.wait(HOUR_MS);
    a.charge(one, CENT);
    a.wait(HOUR_MS);
    a.charge(one, CENT);
    a.budgets(one);
}

fn calendar_windows(a: &mut Author) {
    let by_calendar = |period: Period| Grant { is_calendar: true, ..every(period, 4) };
    let nodes = [Period::Hour, Period::Day, Period::Week, Period::Month].map(|period| a.root(by_calendar(period)));
    for node in nodes {
        a.charge(node, 4 * CENT);
    }
    for ms in [30 * MINUTE_MS - 1, 1, 13 * HOUR_MS, 2 * DAY_MS] {
        a.wait(ms);
        for node in nodes {
            a.headroom(node);
        }
    }
}

fn months(a: &mut Author) {
    a.wait(DAY_MS);
    let monthly = a.root(every(Period::Month, 9));
    let weekly = a.child(monthly, every(Period::Week, 3));
    for _ in 0..5 {
        a.charge(weekly, 3 * CENT);
        a.validate(monthly);
        a.wait(16 * DAY_MS);
    }
    a.budgets(weekly);
    // Through the leap day of 2028.
    a.wait(700 * DAY_MS);
    a.charge(weekly, CENT);
    a.budgets(weekly);
}

fn holds_over_windows(a: &mut Author) {
    let root = a.root(capped(20));
    let one = a.child(root, every(Period::Hour, 5));
    a.wait(HOUR_MS - 10 * SECOND_MS);
    let held = a.reserve(one, 4 * CENT, MINUTE_MS);
    let other = a.reserve(one, CENT, MINUTE_MS);
    let late = a.reserve(root, CENT, SECOND_MS);
    a.wait(20 * SECOND_MS);
    a.budgets(one);
    a.charge(one, 5 * CENT);
    a.extend(held, None, Some(5 * CENT));
    a.extend(held, None, Some(3 * CENT));
    a.extend(held, Some(2 * MINUTE_MS), None);
    a.settle(held, 6 * CENT);
    a.settle(late, CENT);
    a.budgets(one);
    a.release(other);
    a.budgets(one);
}

fn budgets_change(a: &mut Author) {
    let root = a.root(capped(20));
    let one = a.child(root, every(Period::Hour, 10));
    a.charge(one, 6 * CENT);
    a.set_cap(one, Some(5 * CENT));
    a.validate(one);
    a.set_cap(one, Some(6 * CENT));
    a.reserve(one, 0, MINUTE_MS);
    a.set_cap(one, Some(7 * CENT));
    a.charge(one, CENT);
    a.set_cap(one, None);
    a.headroom(one);
    a.set_period(one, Some(Period::Day), Some(true));
    a.set_cap(one, Some(8 * CENT));
    a.wait(14 * HOUR_MS);
    a.charge(one, 8 * CENT);
    a.set_period(one, None, None);
    a.wait(3 * DAY_MS);
    a.validate(one);
    a.set_period(one, Some(Period::Month), Some(false));
    a.set_cap(root, Some(0));
    a.validate(one);
    a.set_cap(NOBODY, Some(0));
}

fn subjects(a: &mut Author) {
    let root = a.root(capped(20));
    let grant = Grant { scopes: Some(vec![1]), ..capped(8) };
    let one = a.subject(Some(root), grant.clone());
    a.ensure_again(one, &Grant { cap: Some(15 * CENT), ..grant });
    a.validate(one);
    a.charge(one, 3 * CENT);
    a.charge_with(one, 3 * CENT, false, Some("k"));
    a.charge_with(one, 3 * CENT, false, Some("k"));
    let held = a.reserve(one, 2 * CENT, MINUTE_MS);
    a.reserve(one, CENT, MINUTE_MS);
    a.settle(held, CENT);
    a.budgets(one);
    let alone = a.subject(None, Grant::default());
    a.charge(alone, 100 * CENT);
    a.headroom(alone);
    let below = a.child(alone, capped(2));
    a.charge(below, 3 * CENT);
    a.revoke(alone, true);
    a.validate(below);
    a.ensure_again(alone, &Grant::default());
    a.validate(alone);
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

fn clock_goes_back(a: &mut Author) {
    let root = a.root(capped(20));
    let one = a.child(root, capped(10));
    a.wait(10 * MINUTE_MS);
    let held = a.reserve(one, 4 * CENT, MINUTE_MS);
    a.wait(2 * MINUTE_MS);
    a.charge(one, CENT);
    a.wait(-5 * MINUTE_MS);
    a.charge(one, 9 * CENT);
    a.settle(held, 2 * CENT);
    let later = a.reserve(one, 5 * CENT, MINUTE_MS);
    a.charge(root, 8 * CENT);
    a.budgets(one);
    a.wait(6 * MINUTE_MS);
    a.release(later);
    a.budgets(one);
}

fn nobody(a: &mut Author) {
    a.validate(NOBODY);
    a.charge(NOBODY, CENT);
    a.reserve(NOBODY, CENT, MINUTE_MS);
    a.settle(NOBODY, CENT);
    a.release(NOBODY);
    a.extend(NOBODY, Some(MINUTE_MS), None);
    a.budgets(NOBODY);
    a.headroom(NOBODY);
    a.subtree(NOBODY);
    a.revoke_tree(NOBODY);
    a.set_cap(NOBODY, None);
    a.child(NOBODY, Grant::default());
    a.subject(Some(NOBODY), Grant::default());
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
