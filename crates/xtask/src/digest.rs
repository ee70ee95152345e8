//! What a developer wants to read of a failed suite's log: the failures, and what tests printed.

/// A `cargo test` log without the tests and binaries that passed.
pub fn of_cargo(log: &str) -> Vec<&str> {
    let passed = |line: &&str| {
        line.trim().is_empty()
            || line.starts_with("running ")
            || line.starts_with("test result: ok")
            || (line.starts_with("test ") && line.ends_with("... ok"))
    };
    log.lines().filter(|line| !passed(line)).collect()
}

/// A TAP log without the tests that passed, and without the stacks: the location says as much.
pub fn of_tap(log: &str) -> Vec<&str> {
    let mut kept = Vec::new();
    // Where the detail block of a test stands: outside, in one to show, or in one to drop.
    let (mut in_details, mut showing, mut in_stack) = (false, true, false);
    for line in log.lines() {
        let text = line.trim_start();
        if in_details {
            in_stack = (in_stack && text != "...") || text.starts_with("stack:");
            in_details = text != "...";
            if showing && in_details && !in_stack && !is_noise(text) {
                kept.push(line);
            }
        } else if text == "---" {
            in_details = true;
        } else if text.starts_with("not ok ") {
            showing = true;
            kept.push(line);
        } else if text.starts_with("ok ") {
            showing = false;
        } else if !is_noise(text) {
            kept.push(line);
        }
    }
    kept
}

/// Lines of the report's own making that hold no news.
fn is_noise(text: &str) -> bool {
    let plan = text.starts_with("1..") || text.starts_with("TAP version");
    let trailer = ["tests", "suites", "pass", "fail", "cancelled", "skipped", "todo", "duration_ms"];
    let counts = text.strip_prefix("# ").is_some_and(|rest| {
        rest.split_once(' ').is_some_and(|(name, count)| trailer.contains(&name) && count.parse::<f64>().is_ok())
    });
    let detail = ["duration_ms:", "failureType:", "type:", "code: 'ERR_TEST_FAILURE'"];
    text.is_empty()
        || plan
        || counts
        || text.starts_with("# Subtest: ")
        || detail.iter().any(|head| text.starts_with(head))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cargo_log_keeps_its_failures() {
        let log = "\nrunning 2 tests\ntest a ... ok\ntest b ... FAILED\npanicked at x\ntest result: FAILED. 1 passed\n\
            running 0 tests\ntest result: ok. 0 passed\n";
        assert_eq!(of_cargo(log), ["test b ... FAILED", "panicked at x", "test result: FAILED. 1 passed"]);
    }

    #[test]
    fn a_tap_log_keeps_its_failures_and_what_was_printed() {
        let log = "TAP version 13\n# printed by a test\n# Subtest: a\nok 1 - a\n  ---\n  duration_ms: 1\n  error: no\n  ...\n\
            # Subtest: b\nnot ok 2 - b\n  ---\n  duration_ms: 1\n  location: 'b.mjs:3:4'\n  error: 1 !== 2\n\
            \x20 stack: |-\n    f (b.mjs:3:4)\n  ...\n1..2\n# tests 2\n# pass 1\n# fail 1\n# duration_ms 9.5\n";
        let expected = ["# printed by a test", "not ok 2 - b", "  location: 'b.mjs:3:4'", "  error: 1 !== 2"];
        assert_eq!(of_tap(log), expected);
    }
}
