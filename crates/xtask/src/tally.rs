//! What the runners' own summaries say: cargo's `test result:` lines, Node's TAP trailer.

use std::ops::AddAssign;

/// How many tests of a suite ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Tests that passed.
    pub passed: u64,
    /// Tests that failed, were cancelled, or that a runner could not even start.
    pub failed: u64,
    /// Tests that did not run.
    pub skipped: u64,
}

impl Tally {
    /// All tests, whatever their end.
    pub fn total(self) -> u64 {
        self.passed + self.failed + self.skipped
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// Sums the `test result:` lines of a `cargo test`.
pub fn of_cargo(log: &str) -> Tally {
    let mut tally = Tally::default();
    for line in log.lines().filter_map(|line| line.trim().strip_prefix("test result:")) {
        tally += Tally {
            passed: count_before(line, "passed"),
            failed: count_before(line, "failed"),
            skipped: count_before(line, "ignored"),
        };
    }
    tally
}

/// Reads the trailer of Node's TAP report. A test marked `todo` did not prove anything: skipped.
///
/// What a test prints also appears as `# …`, so only what follows the last `# tests` counts.
pub fn of_tap(log: &str) -> Tally {
    let mut tally = Tally::default();
    let trailer = log.rfind("\n# tests ").and_then(|start| log.get(start..)).unwrap_or_default();
    for line in trailer.lines() {
        let mut words = line.split_whitespace();
        let (Some("#"), Some(name), Some(count), None) = (words.next(), words.next(), words.next(), words.next())
        else {
            continue;
        };
        let Ok(count) = count.parse::<u64>() else { continue };
        match name {
            "pass" => tally.passed += count,
            "fail" | "cancelled" => tally.failed += count,
            "skipped" | "todo" => tally.skipped += count,
            _ => {}
        }
    }
    tally
}

/// The test files that declared no test: Node reports such a file as one passed test of its name.
pub fn files_without_tests(log: &str) -> Vec<&str> {
    let names = log.lines().filter_map(|line| line.strip_prefix("# Subtest: "));
    names.filter(|name| name.ends_with(".test.mjs")).collect()
}

fn count_before(line: &str, word: &str) -> u64 {
    let mut previous = "";
    for current in line.split_whitespace() {
        if current.trim_end_matches(';') == word {
            return previous.parse().unwrap_or(0);
        }
        previous = current;
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(passed: u64, failed: u64, skipped: u64) -> Tally {
        Tally { passed, failed, skipped }
    }

    #[test]
    fn cargo_summaries_are_summed() {
        let log = "running 2 tests\ntest a ... ok\n\
            test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.02s\n\
            test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n";
        assert_eq!(of_cargo(log), tally(15, 2, 1));
        assert_eq!(of_cargo("error: could not compile"), Tally::default());
    }

    #[test]
    fn tap_trailers_are_read() {
        let log = "TAP version 13\n# pass 99\n# Subtest: x\n1..3\n# tests 6\n# suites 1\n# pass 4\n\
            # fail 1\n# cancelled 1\n# skipped 1\n# todo 2\n# duration_ms 268.4\n";
        assert_eq!(of_tap(log), tally(4, 2, 3));
    }

    #[test]
    fn a_file_that_declares_no_test_is_seen() {
        let log = "# Subtest: /somewhere/a.test.mjs\nok 1 - /somewhere/a.test.mjs\n# Subtest: adds\nok 2 - adds\n";
        assert_eq!(files_without_tests(log), ["/somewhere/a.test.mjs"]);
    }
}
