//! Every sequence of a few commands over a tiny alphabet: the ledger and the oracle must agree
//! after each, and promises 1–4 must hold. The smallest failing sequence is the message.

use keyrail_model::{Alignment, Command, OnExceed, Period, Rule};
use keyrail_sim::duel::{Duel, ROOT};

const CHILD: u64 = 2;
const SIBLING: u64 = 3;
/// 1 s from 0: the grid of so short a hold is 16 ms.
const EXPIRY_MS: i64 = 1_008;
const HOUR_MS: i64 = 3_600_000;
const CENT: i64 = 1_000_000;
/// Holds of the alphabet are reserved at 0 or just before the hour ends.
const BEFORE_HOUR_MS: i64 = HOUR_MS - 1;

/// A letter: move the clock, or give a command.
#[derive(Clone, Debug)]
enum Letter {
    At(i64),
    Do(Command),
}

/// A world: its nodes (id, parent, cap, hourly), its alphabet and the length of its sequences.
struct World {
    name: &'static str,
    nodes: Vec<(u64, Option<u64>, Option<i64>, bool)>,
    letters: Vec<Letter>,
    length: usize,
}

fn hourly() -> Rule {
    Rule { period: Period::Hour, alignment: Alignment::Anchored, anchor_ms: Some(0) }
}

fn charge(node: u64, cost: i64) -> Letter {
    Letter::Do(Command::Charge { node, cost, overdraft: false, key: None })
}

fn overdraw(node: u64, cost: i64) -> Letter {
    Letter::Do(Command::Charge { node, cost, overdraft: true, key: None })
}

/// The hold's id is the place of the letter in its sequence, so that it is new.
fn reserve(node: u64, cost: i64, at_least: Option<i64>) -> Letter {
    Letter::Do(Command::Reserve { node, hold: 0, cost, at_least, whole_cents: false, ttl_ms: 1_000, key: None })
}

/// Hold 0 stands for the latest.
fn settle(cost: i64) -> Letter {
    Letter::Do(Command::Settle { hold: 0, cost })
}

fn release() -> Letter {
    Letter::Do(Command::Release { hold: 0 })
}

fn extend(ttl_ms: Option<i64>, cost: Option<i64>) -> Letter {
    Letter::Do(Command::Extend { hold: 0, ttl_ms, cost })
}

fn set_cap(node: u64, cap: Option<i64>) -> Letter {
    Letter::Do(Command::SetBudget { node, cap: Some(cap), rule: None })
}

fn validate(node: u64) -> Letter {
    Letter::Do(Command::Validate { node })
}

fn touch(node: u64) -> Letter {
    Letter::Do(Command::Touch { node })
}

/// Somebody else writes the columns.
fn edit(node: u64, used_cents: i64, reset_at_ms: Option<i64>) -> Letter {
    Letter::Do(Command::Adjust { node, used_cents, reset_at_ms })
}

fn revoke(node: u64) -> Letter {
    Letter::Do(Command::Revoke { node })
}

/// Node 0 stands for the newest; a new node gets its id from its place in the sequence.
const NEWEST: u64 = 0;
const MINTED: u64 = 100;

fn mint(
    parent: u64,
    scopes: Option<&[u32]>,
    cap: Option<i64>,
    expires_at_ms: Option<i64>,
    on_exceed: OnExceed,
) -> Letter {
    let (scopes, rule) = (scopes.map(<[u32]>::to_vec), None);
    Letter::Do(Command::Mint { node: NEWEST, parent: Some(parent), scopes, expires_at_ms, cap, rule, on_exceed })
}

/// Puts the ids of the sequence into a letter.
fn named(command: &Command, place: u64, latest: u64, newest: u64) -> Command {
    let mut command = command.clone();
    match &mut command {
        Command::Mint { node, parent, .. } => {
            *node = MINTED + place;
            *parent = parent.map(|parent| if parent == NEWEST { newest } else { parent });
        }
        Command::Validate { node } | Command::Charge { node, .. } | Command::Revoke { node } if *node == NEWEST => {
            *node = newest;
        }
        Command::Reserve { hold, .. } => *hold = place,
        Command::Settle { hold, .. } | Command::Release { hold } | Command::Extend { hold, .. } => *hold = latest,
        _ => {}
    }
    command
}

struct Walk<'a> {
    world: &'a World,
    path: Vec<String>,
    steps: u64,
}

impl Walk<'_> {
    /// Tries every letter after the path so far.
    fn go(&mut self, duel: &Duel, now_ms: i64, latest: u64) {
        if self.path.len() == self.world.length {
            return;
        }
        for letter in &self.world.letters {
            match letter {
                Letter::At(at_ms) if *at_ms == now_ms => {}
                Letter::At(at_ms) => {
                    self.path.push(format!("at {at_ms}"));
                    self.go(duel, *at_ms, latest);
                    self.path.pop();
                }
                Letter::Do(command) => {
                    let place = self.path.len() as u64 + 1;
                    let newest = duel.book().nodes().last().copied().unwrap_or(ROOT);
                    let command = named(command, place, latest, newest);
                    self.path.push(format!("{command:?}"));
                    let mut next = duel.fork().unwrap();
                    if let Err(error) = next.step(now_ms, &command) {
                        panic!("{}:\n  {}\n{error}", self.world.name, self.path.join("\n  "));
                    }
                    self.steps += 1;
                    let latest = if next.book().holds().contains_key(&place) { place } else { latest };
                    self.go(&next, now_ms, latest);
                    self.path.pop();
                }
            }
        }
    }
}

fn check(world: &World) {
    let mut duel = Duel::new();
    for (node, parent, cap, is_hourly) in world.nodes.iter().copied() {
        let rule = is_hourly.then(hourly);
        let expires_at_ms = None;
        let on_exceed = OnExceed::Clamp;
        let mint = Command::Mint { node, parent, scopes: None, expires_at_ms, cap, rule, on_exceed };
        if let Err(error) = duel.step(0, &mint) {
            panic!("{}: {mint:?}\n{error}", world.name);
        }
    }
    let mut walk = Walk { world, path: Vec::new(), steps: 0 };
    walk.go(&duel, 0, 0);
    println!("{}: {} steps", world.name, walk.steps);
}

#[test]
fn a_chain_of_two_with_money_of_every_kind() {
    check(&World {
        name: "two nodes, cap 3 over cap 2",
        nodes: vec![(ROOT, None, Some(3), false), (CHILD, Some(ROOT), Some(2), false)],
        letters: vec![
            Letter::At(EXPIRY_MS - 1),
            Letter::At(EXPIRY_MS),
            charge(CHILD, 1),
            charge(ROOT, 2),
            overdraw(CHILD, 3),
            reserve(CHILD, 1, None),
            reserve(CHILD, 3, Some(1)),
            reserve(ROOT, 0, None),
            settle(0),
            settle(3),
            release(),
            extend(None, Some(2)),
            extend(Some(2_000), None),
            set_cap(ROOT, Some(1)),
            validate(CHILD),
        ],
        length: 4,
    });
}

#[test]
fn two_children_share_one_cap() {
    check(&World {
        name: "two children under cap 2",
        nodes: vec![
            (ROOT, None, Some(2), false),
            (CHILD, Some(ROOT), None, false),
            (SIBLING, Some(ROOT), Some(1), false),
        ],
        letters: vec![
            Letter::At(EXPIRY_MS),
            charge(CHILD, 1),
            charge(SIBLING, 1),
            reserve(CHILD, 2, None),
            reserve(SIBLING, 1, Some(0)),
            settle(1),
            release(),
            extend(None, Some(1)),
            revoke(ROOT),
            set_cap(SIBLING, None),
        ],
        length: 5,
    });
}

#[test]
fn windows_roll_under_open_holds() {
    check(&World {
        name: "an hourly child under a root without windows",
        nodes: vec![(ROOT, None, Some(3), false), (CHILD, Some(ROOT), Some(2), true)],
        letters: vec![
            Letter::At(BEFORE_HOUR_MS),
            Letter::At(HOUR_MS),
            charge(CHILD, 1),
            reserve(CHILD, 2, None),
            settle(3),
            release(),
            extend(Some(2_000), Some(1)),
            extend(None, Some(3)),
            touch(CHILD),
            Letter::Do(Command::SetBudget { node: CHILD, cap: None, rule: Some(None) }),
            Letter::Do(Command::SetBudget { node: ROOT, cap: None, rule: Some(Some(hourly())) }),
            revoke(CHILD),
        ],
        length: 4,
    });
}

#[test]
fn a_clock_that_goes_back_changes_nothing() {
    check(&World {
        name: "one node, cap 2, a clock that goes back",
        nodes: vec![(ROOT, None, Some(2), true)],
        letters: vec![
            Letter::At(0),
            Letter::At(EXPIRY_MS - 1),
            Letter::At(EXPIRY_MS),
            Letter::At(HOUR_MS),
            charge(ROOT, 2),
            reserve(ROOT, 2, None),
            settle(2),
            touch(ROOT),
            release(),
        ],
        length: 5,
    });
}

#[test]
fn a_hold_ends_once_whichever_clock_sees_it() {
    check(&World {
        name: "one node, cap 2, two clocks around an expiry",
        nodes: vec![(ROOT, None, Some(2), false)],
        letters: vec![
            Letter::At(EXPIRY_MS - 1),
            Letter::At(EXPIRY_MS),
            charge(ROOT, 2),
            reserve(ROOT, 2, None),
            settle(2),
            touch(ROOT),
            release(),
        ],
        length: 6,
    });
}

#[test]
fn nobody_gets_more_than_those_above() {
    check(&World {
        name: "mints below a capped root, and below what they made",
        nodes: vec![(ROOT, None, Some(2), false), (CHILD, Some(ROOT), None, false)],
        letters: vec![
            Letter::At(EXPIRY_MS),
            mint(CHILD, Some(&[1, 2, 2]), Some(3), Some(EXPIRY_MS), OnExceed::Clamp),
            mint(NEWEST, Some(&[2, 3]), Some(1), None, OnExceed::Clamp),
            mint(NEWEST, Some(&[0]), None, Some(2 * EXPIRY_MS), OnExceed::Clamp),
            mint(NEWEST, None, Some(2), Some(EXPIRY_MS), OnExceed::Reject),
            set_cap(CHILD, Some(1)),
            charge(NEWEST, 1),
            validate(NEWEST),
            revoke(CHILD),
            revoke(NEWEST),
        ],
        length: 4,
    });
}

#[test]
fn somebody_else_writes_what_is_used() {
    check(&World {
        name: "a chain of three whose columns others write",
        nodes: vec![
            (ROOT, None, Some(5 * CENT), false),
            (CHILD, Some(ROOT), Some(4 * CENT), false),
            (SIBLING, Some(CHILD), None, false),
        ],
        letters: vec![
            Letter::At(EXPIRY_MS),
            edit(SIBLING, 2, None),
            edit(SIBLING, 0, None),
            edit(CHILD, 1, None),
            edit(CHILD, -1, Some(EXPIRY_MS)),
            edit(ROOT, 6, None),
            charge(SIBLING, CENT + 1),
            overdraw(SIBLING, 3 * CENT),
            reserve(SIBLING, 2 * CENT, Some(1)),
            settle(3 * CENT),
            release(),
            extend(None, Some(3 * CENT)),
        ],
        length: 4,
    });
}

#[test]
fn somebody_else_rolls_a_window_or_moves_its_end() {
    check(&World {
        name: "an hourly child under an hourly root, whose ends others move",
        nodes: vec![(ROOT, None, Some(5 * CENT), true), (CHILD, Some(ROOT), Some(3 * CENT), true)],
        letters: vec![
            Letter::At(BEFORE_HOUR_MS),
            Letter::At(HOUR_MS),
            Letter::At(2 * HOUR_MS),
            edit(CHILD, 2, Some(2 * HOUR_MS)),
            edit(CHILD, 0, Some(2 * HOUR_MS)),
            edit(CHILD, 2, Some(HOUR_MS)),
            edit(CHILD, 1, Some(HOUR_MS + 1_000)),
            edit(CHILD, 0, None),
            edit(ROOT, 4, Some(2 * HOUR_MS)),
            charge(CHILD, CENT + 1),
            reserve(CHILD, CENT, None),
            settle(2 * CENT),
            touch(CHILD),
            Letter::Do(Command::SetBudget { node: CHILD, cap: None, rule: Some(None) }),
        ],
        length: 4,
    });
}
