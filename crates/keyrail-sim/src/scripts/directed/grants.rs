//! Scripts about keys: what they may do, for how long, and what they mint.

use super::super::author::NOBODY;
use super::super::{Author, Grant};
use super::{CENT, HOUR_MS, MINUTE_MS, Write, capped};

/// Each with its name.
pub(super) const SCRIPTS: &[(&str, Write)] = &[
    ("revoked, also from above", revocations),
    ("expired, also from above", lifetimes),
    ("a tree is listed and revoked whole", trees),
    ("scopes are those of the whole chain", scopes),
    ("a child gets no more than its parent has", clamps),
    ("a child that asks for more is refused if it says so", rejections),
    ("a key is at most eight levels below its root", depths),
    ("subjects have budgets as keys have", subjects),
    ("what does not exist", nobody),
];

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
