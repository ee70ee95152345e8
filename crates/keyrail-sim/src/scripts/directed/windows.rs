//! Scripts about time: windows, and clocks.

use super::super::author::NOBODY;
use super::super::{Author, Grant};
use super::{CENT, DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Write, capped};
use keyrail_model::Period;

/// Each with its name.
pub(super) const SCRIPTS: &[(&str, Write)] = &[
    ("a cap is clamped between equal periods only", periods_at_mint),
    ("windows of an hour and a day, from the key's own time", anchored_windows),
    ("windows of the calendar", calendar_windows),
    ("months from the 31st, through February", months),
    ("a hold counts in the window in which it was reserved", holds_over_windows),
    ("a budget is raised, lowered, removed and given other windows", budgets_change),
    ("a clock that goes back", clock_goes_back),
];

fn every(period: Period, cents: i64) -> Grant {
    Grant { period: Some(period), ..capped(cents) }
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
