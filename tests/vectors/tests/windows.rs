//! The recorded days and months, against the windows of the core. A day stands as recorded. The
//! months are input only: they drifted to day 28 and lost their time, so what is compared is that
//! ours keep both, and that they agree with the recording where nothing could drift.

use keyrail_core::window::{Alignment, Period, WindowRule};
use keyrail_vectors::{Case, Recorded, read_cases};
use serde_json::Value;
use time::format_description::well_known::Rfc3339;
use time::{Month, OffsetDateTime};

const DAY_MS: i64 = 86_400_000;

fn instant(text: &Value) -> OffsetDateTime {
    OffsetDateTime::parse(text.as_str().expect("an instant is text"), &Rfc3339).expect("an instant is RFC 3339")
}

fn ms(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).expect("an instant is within an i64")
}

fn cases(file: &str) -> Vec<Case> {
    let cases = read_cases(file).expect("the recorded cases can be read");
    assert!(!cases.is_empty(), "{file}");
    cases
}

fn output(case: &Case) -> &Value {
    match &case.recorded {
        Recorded::Value(value) => value,
        Recorded::Error(message) => panic!("{} recorded an error: {message}", case.name),
    }
}

fn anchored(period: Period, from: &Value) -> WindowRule {
    WindowRule { period, alignment: Alignment::Anchored, anchor_ms: ms(instant(from)) }
}

#[test]
fn the_next_day_is_24_hours_on() {
    for case in &cases("nextDay") {
        let rule = anchored(Period::Day, &case.input["from"]);
        let expected = ms(instant(&output(case)["$date"]));
        assert_eq!(rule.window_at(rule.anchor_ms).end_ms, expected, "{}", case.name);
    }
}

#[test]
fn thirteen_months_keep_the_day_and_the_time() {
    let mut agreed = 0;
    for case in cases("nextCalendarMonth").iter().chain(&cases("nextCalendarMonth_America_New_York")) {
        let from = instant(&case.input["from"]);
        let rule = anchored(Period::Month, &case.input["from"]);
        let recorded: Vec<i64> =
            output(case)["thirteen"].as_array().expect("a list").iter().map(|at| ms(instant(at))).collect();
        let mut window = rule.window_at(rule.anchor_ms);
        let mut ours = Vec::new();
        for _ in 0..13 {
            ours.push(window.end_ms);
            let end = OffsetDateTime::from_unix_timestamp(window.end_ms.div_euclid(1_000)).expect("a date");
            assert_eq!(end.day(), from.day().min(end.month().length(end.year())), "{}", case.name);
            assert_eq!(window.end_ms.rem_euclid(DAY_MS), rule.anchor_ms.rem_euclid(DAY_MS), "{}", case.name);
            window = rule.window_at(window.end_ms);
        }
        let months: Vec<Month> = ours
            .iter()
            .map(|end| OffsetDateTime::from_unix_timestamp(end.div_euclid(1_000)).expect("a date").month())
            .collect();
        assert!(months.windows(2).all(|pair| pair[1] == pair[0].next()), "{}: no month is left out", case.name);
        let cannot_drift = from.day() <= 28 && rule.anchor_ms.rem_euclid(DAY_MS) == 0 && case.input["tz"] == "UTC";
        if cannot_drift {
            assert_eq!(ours, recorded, "{}", case.name);
            agreed += 1;
        }
    }
    assert!(agreed > 0, "some recorded months could not drift");
}
