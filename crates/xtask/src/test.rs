//! `cargo xtask test`: the suites one after another, and one closing line over all of them.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use crate::commands;
use crate::digest;
use crate::repo;
use crate::shell::{self, Ending, Outcome};
use crate::suites::{self, Runner, Suite};
use crate::tally::{self, Tally};

/// Longer than any suite takes; a suite that hangs must not hang CI.
const SUITE_LIMIT: Duration = Duration::from_secs(15 * 60);

/// How one suite went.
#[derive(Debug, Default)]
struct Report {
    tally: Tally,
    /// What the numbers do not say: why it was skipped, or what broke besides single tests.
    notes: Vec<String>,
}

impl Report {
    /// The report of a suite that did not get to run.
    fn of_fault(note: String) -> Self {
        let mut report = Self::default();
        report.broke(note);
        report
    }

    /// Counts a fault that no single test stands for.
    fn broke(&mut self, note: String) {
        self.tally.failed += 1;
        self.notes.push(note);
    }
}

/// Runs the named suites, or all. The closing line says how it went, so failed tests are not an error here.
pub fn run(root: &Path, names: &[String]) -> Outcome<ExitCode> {
    let chosen = suites::chosen(root, names)?;
    if let [unlisted, ..] = suites::unlisted(&repo::files(root)?, suites::SUITES).as_slice() {
        return Err(format!("{unlisted} is run by no suite; add a row to crates/xtask/src/suites.rs"));
    }
    let needs_package = |suite: &&Suite| matches!(suite.runner, Runner::Node(_));
    // A package that does not build fails the suites that need it, and no others.
    let package = if chosen.iter().any(needs_package) { commands::build(root) } else { Ok(()) };
    let no_skip = std::env::var_os("KEYRAIL_NO_SKIP").is_some_and(|value| value == "1");
    let mut rows = Vec::new();
    for suite in chosen {
        let started = Instant::now();
        let report = match &package {
            Err(error) if needs_package(&suite) => Report::of_fault(format!("the package does not build: {error}")),
            _ => attempt(root, suite)?,
        };
        let report = judged(report, no_skip);
        rows.push((suite.title(), report, started.elapsed()));
    }
    let total = print_table(&rows);
    println!("{} passed, {} failed, {} skipped", total.passed, total.failed, total.skipped);
    Ok(if total.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs a suite, or says why it cannot run here.
fn attempt(root: &Path, suite: &Suite) -> Outcome<Report> {
    if let Some(reason) = suite.needs.iter().find_map(|need| suites::missing(root, *need)) {
        let tally = Tally { skipped: 1, ..Tally::default() };
        return Ok(Report { tally, notes: vec![format!("skipped: {reason}")] });
    }
    shell::announce(&format!("testing {}", suite.title()));
    let log = repo::scratch(root)?.join(format!("test-{}.log", suite.title().replace([' ', '(', ')'], "")));
    let mut command = command(root, suite)?;
    let ending = shell::run_logged(&mut command, &log, SUITE_LIMIT)?;
    let text = String::from_utf8_lossy(&std::fs::read(&log).unwrap_or_default()).into_owned();
    let report = report(suite.runner, &text, &ending);
    if report.tally.failed > 0 {
        print_failure(suite.runner, &text, &log);
    }
    Ok(report)
}

fn command(root: &Path, suite: &Suite) -> Outcome<Command> {
    let mut command = match suite.runner {
        Runner::Cargo(arguments) => {
            let mut cargo = Command::new("cargo");
            cargo.arg("test").args(arguments);
            cargo
        }
        Runner::Node(folder) => {
            let mut node = Command::new("node");
            node.args(["--test", "--test-reporter=tap"]).args(test_files(root, folder)?);
            node
        }
    };
    command.current_dir(root).env("NO_COLOR", "1").envs(suite.env.iter().copied());
    Ok(command)
}

/// The test files of a folder, named one by one: Node's versions disagree on what a folder means.
fn test_files(root: &Path, folder: &str) -> Outcome<Vec<PathBuf>> {
    let within = |path: &String| path.starts_with(&format!("{folder}/")) && path.ends_with(".test.mjs");
    Ok(repo::files(root)?.into_iter().filter(within).map(|path| root.join(path)).collect())
}

fn report(runner: Runner, log: &str, ending: &Ending) -> Report {
    let mut report = match runner {
        Runner::Cargo(_) => Report { tally: tally::of_cargo(log), notes: Vec::new() },
        Runner::Node(_) => Report { tally: tally::of_tap(log), notes: Vec::new() },
    };
    if let Runner::Node(_) = runner {
        for file in tally::files_without_tests(log) {
            // Node counts the file itself as a test that passed.
            report.tally.passed = report.tally.passed.saturating_sub(1);
            report.broke(format!("{file} ran no test of its own"));
        }
    }
    match ending {
        Ending::TimedOut => report.broke(format!("stopped after {} minutes", SUITE_LIMIT.as_secs() / 60)),
        Ending::Exited { success: false } if report.tally.failed == 0 => {
            report.broke("the runner failed outside of any test".to_owned());
        }
        Ending::Exited { .. } => {}
    }
    if report.tally.total() == 0 {
        report.broke("no test ran".to_owned());
    }
    report
}

/// Turns skips into failures where nothing may be skipped.
fn judged(mut report: Report, no_skip: bool) -> Report {
    if no_skip && report.tally.skipped > 0 {
        report.notes.push("KEYRAIL_NO_SKIP=1: a skip counts as a failure".to_owned());
        report.tally.failed += report.tally.skipped;
        report.tally.skipped = 0;
    }
    report
}

/// Prints what a failing suite's log says about the failures.
fn print_failure(runner: Runner, text: &str, log: &Path) {
    let lines = match runner {
        Runner::Cargo(_) => digest::of_cargo(text),
        Runner::Node(_) => digest::of_tap(text),
    };
    for line in lines {
        println!("  {line}");
    }
    println!("  (the whole log: {})", log.display());
}

fn print_table(rows: &[(String, Report, Duration)]) -> Tally {
    let mut total = Tally::default();
    println!("\n{:<24} {:>8} {:>8} {:>8} {:>9}", "suite", "passed", "failed", "skipped", "seconds");
    for (title, report, took) in rows {
        let Tally { passed, failed, skipped } = report.tally;
        println!("{title:<24} {passed:>8} {failed:>8} {skipped:>8} {:>9.1}", took.as_secs_f64());
        for note in &report.notes {
            println!("  {note}");
        }
        total += report.tally;
    }
    println!();
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODE: Runner = Runner::Node("tests/x");
    const GREEN: Ending = Ending::Exited { success: true };

    /// Name, log, ending, whether skips are refused, then what passed, failed and was skipped.
    type Case = (&'static str, &'static str, Ending, bool, (u64, u64, u64));

    fn check(table: &[Case]) {
        for (name, log, ending, no_skip, (passed, failed, skipped)) in table {
            let report = judged(report(NODE, log, ending), *no_skip);
            let expected = Tally { passed: *passed, failed: *failed, skipped: *skipped };
            assert_eq!(report.tally, expected, "{name}");
            assert_eq!(*failed > 0, !report.notes.is_empty() || log.contains("# fail 1"), "{name}");
        }
    }

    #[test]
    fn every_way_to_fail_is_counted() {
        check(&[
            ("green", "\n# tests 3\n# pass 2\n# fail 0\n", GREEN, false, (2, 0, 0)),
            ("a failed test", "\n# tests 3\n# pass 2\n# fail 1\n", Ending::Exited { success: false }, false, (2, 1, 0)),
            (
                "a crash after the tests",
                "\n# tests 3\n# pass 2\n# fail 0\n",
                Ending::Exited { success: false },
                false,
                (2, 1, 0),
            ),
            ("a hang", "\n# tests 3\n# pass 2\n", Ending::TimedOut, false, (2, 1, 0)),
            ("nothing ran", "\n# tests 0\n# pass 0\n# fail 0\n", GREEN, false, (0, 1, 0)),
            ("nothing was even said", "", GREEN, false, (0, 1, 0)),
            ("an empty file", "# Subtest: /x/a.test.mjs\n# tests 3\n# pass 2\n", GREEN, false, (1, 1, 0)),
            ("a skip where skips are not allowed", "\n# tests 3\n# pass 1\n# skipped 2\n", GREEN, true, (1, 2, 0)),
        ]);
    }

    #[test]
    fn a_skip_is_no_failure_where_it_is_allowed() {
        let report = judged(report(NODE, "\n# tests 3\n# pass 1\n# skipped 2\n", &GREEN), false);
        assert_eq!(report.tally, Tally { passed: 1, failed: 0, skipped: 2 });
    }
}
