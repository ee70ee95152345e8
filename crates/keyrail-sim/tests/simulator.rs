//! Fixed seeds of the simulator, and the proof that its checker can fail.

use keyrail_model::{Command, OnExceed};
use keyrail_sim::check::{Summary, check};
use keyrail_sim::process::Flaw;
use keyrail_sim::run::{run, run_flawed};
use keyrail_sim::scenario::{Call, CallFault, Line, START_MS, Scenario, generate};

const STEPS: usize = 200;

#[test]
fn sound_processes_pass_under_faults() {
    let mut total = Summary::default();
    for seed in 0..100 {
        match check(&run(&generate(seed, STEPS))) {
            Ok(summary) => total += summary,
            Err(violation) => panic!("cargo xtask sim --seed {seed} --steps {STEPS}\n{violation}"),
        }
    }
    println!("{total:?}");
    // Runs in which nothing happens would pass too.
    assert!(
        total.answers > total.commands / 2 && total.entries > 1_000 && total.reads > 1_000 && total.edits > 100,
        "{total:?}"
    );
}

/// Whether the checker finds a flaw in the runs of some seeds.
#[test]
fn each_flaw_is_found() {
    let flaws = [
        Flaw::HeldIsForgotten,
        Flaw::StaleDenials,
        Flaw::BlindRetry,
        Flaw::RootUnchecked,
        Flaw::EditsIgnored,
        Flaw::EditsTwice,
    ];
    for flaw in flaws {
        let found = (0..40).find_map(|seed| check(&run_flawed(&generate(seed, STEPS), flaw)).err());
        let violation = found.unwrap_or_else(|| panic!("{flaw:?} passed 40 seeds"));
        println!("{flaw:?}: {violation}");
    }
}

/// A hold is extended just before its time; the commit is on its way for 600 ms, its process gives
/// up after 200, and by then the hold has expired.
fn a_commit_that_lands_late() -> Scenario {
    const EXTEND_MS: i64 = START_MS + 900;
    let op = |at_ms, op, command| Line::Op { at_ms, process: 0, op, command };
    let (scopes, expires_at_ms, rule, on_exceed) = (None, None, None, OnExceed::Clamp);
    let mint = Command::Mint { node: 1, parent: None, scopes, expires_at_ms, cap: Some(5), rule, on_exceed };
    let (at_least, whole_cents, key) = (None, false, None);
    let reserve = Command::Reserve { node: 1, hold: 2, cost: 3, at_least, whole_cents, ttl_ms: 1_000, key };
    Scenario {
        lines: vec![
            Line::Scenario {
                seed: 0,
                processes: 1,
                noisy_at_ms: EXTEND_MS,
                quiet_at_ms: EXTEND_MS + 1,
                end_at_ms: EXTEND_MS + 10_000,
            },
            op(START_MS - 100, 0, mint),
            op(START_MS, 1, reserve),
            op(EXTEND_MS, 2, Command::Extend { hold: 2, ttl_ms: Some(5_000), cost: None }),
            Line::Call(Call { request_ms: 600, response_ms: 1, fault: CallFault::None }),
        ],
    }
}

#[test]
fn a_commit_that_lands_late_is_fenced_off() {
    let scenario = a_commit_that_lands_late();
    let violation = check(&run_flawed(&scenario, Flaw::Unfenced)).err().map(|violation| violation.message);
    assert!(violation.as_ref().is_some_and(|text| text.contains("answered before this entry")), "{violation:?}");
    assert_eq!(check(&run(&scenario)).map(|summary| summary.entries), Ok(2));
}
