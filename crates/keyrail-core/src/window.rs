//! Budget windows: when a period's current interval began and when it ends.
//!
//! A window starts at its instant and ends just before `reset_at`: `now >= reset_at` is the next
//! window. Anchored windows keep the anchor's day and time of day for good; a short month uses its
//! last day and the next long month is back on the anchor's day.

use time::{Date, Month, OffsetDateTime, Time};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
const WEEK_MS: i64 = 7 * DAY_MS;
/// 1970-01-05, the first Monday after the epoch.
const FIRST_MONDAY_MS: i64 = 4 * DAY_MS;

/// How often a budget starts again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// 60 minutes.
    Hour,
    /// 24 hours.
    Day,
    /// Seven days.
    Week,
    /// A calendar month.
    Month,
}

/// Where a period's windows begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alignment {
    /// At the anchor's day and time of day.
    Anchored,
    /// At the start of the UTC hour, day, ISO week (Monday) or month.
    Calendar,
}

/// The rule that gives a budget its windows, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowRule {
    /// How long a window lasts.
    pub period: Period,
    /// Where it begins.
    pub alignment: Alignment,
    /// The instant whose day and time anchored windows keep, in ms since the epoch.
    pub anchor_ms: i64,
}

/// One interval of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first instant that belongs to it, in ms.
    pub start_ms: i64,
    /// The first instant that no longer does, in ms.
    pub end_ms: i64,
}

impl WindowRule {
    /// The window that holds the instant `now_ms`.
    ///
    /// ```
    /// use keyrail_core::window::{Alignment, Period, WindowRule};
    /// let rule = WindowRule { period: Period::Day, alignment: Alignment::Anchored, anchor_ms: 5 };
    /// assert_eq!(rule.window_at(86_400_005).start_ms, 86_400_005);
    /// ```
    pub fn window_at(&self, now_ms: i64) -> Window {
        let anchor_ms = match self.alignment {
            Alignment::Anchored => self.anchor_ms,
            Alignment::Calendar => FIRST_MONDAY_MS,
        };
        match self.period {
            Period::Hour => fixed(HOUR_MS, anchor_ms, now_ms),
            Period::Day => fixed(DAY_MS, anchor_ms, now_ms),
            Period::Week => fixed(WEEK_MS, anchor_ms, now_ms),
            Period::Month => match self.alignment {
                Alignment::Anchored => month(anchor_ms, now_ms),
                Alignment::Calendar => month(0, now_ms),
            },
        }
    }
}

impl WindowRule {
    /// The rule to go on by after a window that ended at `reset_at_ms`. Where somebody moved that
    /// end off the rule's own instants, anchored windows go on from where it was moved to.
    pub fn after_reset(self, reset_at_ms: i64) -> Self {
        match self.alignment {
            Alignment::Anchored if self.window_at(reset_at_ms).start_ms != reset_at_ms => {
                Self { anchor_ms: reset_at_ms, ..self }
            }
            _ => self,
        }
    }
}

/// The window of a fixed length that holds `now_ms`.
fn fixed(length_ms: i64, anchor_ms: i64, now_ms: i64) -> Window {
    let start_ms = now_ms - (now_ms - anchor_ms).rem_euclid(length_ms);
    Window { start_ms, end_ms: start_ms + length_ms }
}

/// The month window that holds `now_ms`, on the anchor's day and time of day.
fn month(anchor_ms: i64, now_ms: i64) -> Window {
    let elapsed = month_number(now_ms) - month_number(anchor_ms);
    let here = boundary(anchor_ms, elapsed);
    if here <= now_ms {
        Window { start_ms: here, end_ms: boundary(anchor_ms, elapsed + 1) }
    } else {
        Window { start_ms: boundary(anchor_ms, elapsed - 1), end_ms: here }
    }
}

/// Months since year 0, of the month that holds the instant.
fn month_number(at_ms: i64) -> i64 {
    let date = date_of(at_ms);
    i64::from(date.year()) * 12 + i64::from(u8::from(date.month())) - 1
}

/// The anchor moved by `months`, its day clamped to the month it lands in.
fn boundary(anchor_ms: i64, months: i64) -> i64 {
    let anchor = date_of(anchor_ms);
    let number = month_number(anchor_ms) + months;
    // Instants are within ±8.64·10¹⁵ ms, so the year fits and the month is 1 to 12.
    let year = i32::try_from(number.div_euclid(12)).unwrap_or(anchor.year());
    let month = u8::try_from(number.rem_euclid(12) + 1)
        .ok()
        .and_then(|month| Month::try_from(month).ok())
        .unwrap_or(Month::January);
    let day = anchor.day().min(month.length(year));
    let date = Date::from_calendar_date(year, month, day).unwrap_or(anchor);
    let midnight_ms = date.with_time(Time::MIDNIGHT).assume_utc().unix_timestamp() * 1_000;
    midnight_ms + anchor_ms.rem_euclid(DAY_MS)
}

/// The UTC date of an instant; instants outside the supported years clamp to the epoch.
fn date_of(at_ms: i64) -> Date {
    OffsetDateTime::from_unix_timestamp(at_ms.div_euclid(1_000)).unwrap_or(OffsetDateTime::UNIX_EPOCH).date()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::format_description::well_known::Rfc3339;

    fn ms(text: &str) -> i64 {
        match OffsetDateTime::parse(text, &Rfc3339) {
            Ok(at) => (at.unix_timestamp_nanos() / 1_000_000) as i64,
            Err(_) => i64::MIN,
        }
    }

    fn check(alignment: Alignment, table: &[(Period, &str, &str, &str, &str)]) {
        for (period, anchor, now, start, end) in table {
            let rule = WindowRule { period: *period, alignment, anchor_ms: ms(anchor) };
            let expected = Window { start_ms: ms(start), end_ms: ms(end) };
            assert_eq!(rule.window_at(ms(now)), expected, "{period:?} {anchor} {now}");
        }
    }

    #[test]
    fn anchored_windows_keep_the_anchors_day_and_time() {
        let jan31 = "2026-01-31T10:30:00Z";
        check(
            Alignment::Anchored,
            &[
                (Period::Month, jan31, jan31, jan31, "2026-02-28T10:30:00Z"),
                (Period::Month, jan31, "2026-02-28T10:29:59.999Z", jan31, "2026-02-28T10:30:00Z"),
                (Period::Month, jan31, "2026-02-28T10:30:00Z", "2026-02-28T10:30:00Z", "2026-03-31T10:30:00Z"),
                (Period::Month, jan31, "2028-02-29T11:00:00Z", "2028-02-29T10:30:00Z", "2028-03-31T10:30:00Z"),
                (Period::Month, jan31, "2025-12-31T10:29:00Z", "2025-11-30T10:30:00Z", "2025-12-31T10:30:00Z"),
                (
                    Period::Month,
                    "2024-02-29T00:00:00Z",
                    "2025-02-28T00:00:00Z",
                    "2025-02-28T00:00:00Z",
                    "2025-03-29T00:00:00Z",
                ),
                (Period::Day, jan31, "2026-03-05T10:29:59Z", "2026-03-04T10:30:00Z", "2026-03-05T10:30:00Z"),
                (Period::Hour, jan31, "2026-02-01T00:00:00Z", "2026-01-31T23:30:00Z", "2026-02-01T00:30:00Z"),
                (Period::Week, jan31, "2026-02-07T10:30:00Z", "2026-02-07T10:30:00Z", "2026-02-14T10:30:00Z"),
            ],
        );
    }

    #[test]
    fn calendar_windows_begin_where_the_calendar_does() {
        let anchor = "2026-01-31T10:30:00Z";
        check(
            Alignment::Calendar,
            &[
                (Period::Hour, anchor, "2026-02-01T00:59:59Z", "2026-02-01T00:00:00Z", "2026-02-01T01:00:00Z"),
                (Period::Day, anchor, "2026-02-01T00:59:59Z", "2026-02-01T00:00:00Z", "2026-02-02T00:00:00Z"),
                (Period::Week, anchor, "2026-11-22T12:00:00Z", "2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z"),
                (Period::Month, anchor, "2028-02-29T12:00:00Z", "2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z"),
            ],
        );
    }

    #[test]
    fn a_moved_end_becomes_the_anchor_and_an_unmoved_one_does_not() {
        let rule = |anchor| WindowRule { period: Period::Month, alignment: Alignment::Anchored, anchor_ms: ms(anchor) };
        let jan31 = rule("2026-01-31T10:30:00Z");
        assert_eq!(jan31.after_reset(ms("2026-02-28T10:30:00Z")), jan31);
        assert_eq!(jan31.after_reset(ms("2026-02-20T00:00:00Z")), rule("2026-02-20T00:00:00Z"));
        let calendar = WindowRule { alignment: Alignment::Calendar, ..jan31 };
        assert_eq!(calendar.after_reset(ms("2026-02-20T00:00:00Z")), calendar);
    }

    #[test]
    fn every_instant_lies_in_its_window_and_windows_touch() {
        let days = (ms("2023-12-25T00:00:00Z")..ms("2028-03-05T00:00:00Z")).step_by(DAY_MS as usize / 4);
        for anchor_day in [1, 28, 29, 30, 31] {
            let anchor_ms = ms("2026-01-01T06:07:08.009Z") + (anchor_day - 1) * DAY_MS;
            let rule = WindowRule { period: Period::Month, alignment: Alignment::Anchored, anchor_ms };
            for now_ms in days.clone() {
                let window = rule.window_at(now_ms);
                assert!(window.start_ms <= now_ms && now_ms < window.end_ms);
                assert_eq!(rule.window_at(window.end_ms).start_ms, window.end_ms);
                assert_eq!(rule.window_at(window.start_ms), window);
            }
        }
    }
}
