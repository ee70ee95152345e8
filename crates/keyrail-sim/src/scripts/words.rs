//! The oracle's answers in the words of the façade: cents and ISO strings.

use keyrail_model::{Answer, Budget, Clamped, Period, Reason};
use serde_json::{Map, Value, json};

const MICROCENTS_PER_CENT: i64 = 1_000_000;
const DAY_MS: i64 = 86_400_000;

/// An amount in cents, as the nearest double.
pub(crate) fn cents(microcents: i64) -> Value {
    if microcents % MICROCENTS_PER_CENT == 0 {
        json!(microcents / MICROCENTS_PER_CENT)
    } else {
        json!(microcents as f64 / MICROCENTS_PER_CENT as f64)
    }
}

/// An amount, or none.
pub(crate) fn optional_cents(microcents: Option<i64>) -> Value {
    microcents.map_or(Value::Null, cents)
}

/// An instant, or none.
pub(crate) fn optional_iso(at_ms: Option<i64>) -> Value {
    at_ms.map_or(Value::Null, |at_ms| iso(at_ms).into())
}

/// A period's name, or none.
pub(crate) fn period(period: Option<Period>) -> Value {
    serde_json::to_value(period).unwrap_or_default()
}

/// A reason's stable text.
pub(crate) fn reason(reason: Reason) -> Value {
    serde_json::to_value(reason).unwrap_or_default()
}

/// A budget, as `budgets` shows it.
pub(crate) fn budget(budget: &Budget, path: &str) -> Value {
    json!({
        "id": budget.node,
        "path": path,
        "limitCents": optional_cents(budget.cap),
        "usedCents": cents(budget.spent),
        "heldCents": cents(budget.held),
        "remainingCents": optional_cents(budget.remaining),
        "period": period(budget.period),
        "windowStart": iso(budget.window_start_ms),
        "resetAt": optional_iso(budget.reset_at_ms),
    })
}

/// The budget that refused.
pub(crate) fn binding(of: &Budget, path: &str, requested: i64) -> Value {
    let mut value = budget(of, path);
    if let Value::Object(members) = &mut value {
        members.remove("remainingCents");
        members.insert("requestedCents".to_owned(), cents(requested));
    }
    value
}

/// A refusal without a budget behind it.
pub(crate) fn refused(reason: &str) -> Value {
    json!({ "success": false, "reason": reason })
}

/// A fault, by its code.
pub(crate) fn throws(code: Value) -> Value {
    json!({ "throws": code })
}

/// The parts of a request that a mint cut down.
pub(crate) fn clamped(clamped: Clamped) -> Value {
    let parts = [("scopes", clamped.scopes), ("budgetCents", clamped.cap), ("expiresAt", clamped.expires_at)];
    parts.iter().filter(|(_, is_cut)| *is_cut).map(|(name, _)| *name).collect()
}

/// What every success has.
pub(crate) fn success(answer: &Answer) -> Map<String, Value> {
    let mut members = Map::new();
    members.insert("success".to_owned(), true.into());
    if let Answer::Charged { used, remaining, .. } | Answer::Held { used, remaining, .. } = answer {
        members.insert("budgetUsedCents".to_owned(), cents(*used));
        members.insert("budgetRemainingCents".to_owned(), optional_cents(*remaining));
    }
    members
}

/// An instant as ISO text in UTC.
pub(crate) fn iso(at_ms: i64) -> String {
    let (days, in_day) = (at_ms.div_euclid(DAY_MS), at_ms.rem_euclid(DAY_MS));
    // The civil calendar from days, counted in eras of 400 years that begin on the first of March.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hours, minutes, seconds) = (in_day / 3_600_000, in_day / 60_000 % 60, in_day / 1_000 % 60);
    format!("{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}.{:03}Z", in_day % 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_told_as_the_language_of_the_facade_does() {
        for (at_ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_123, "2000-02-29T00:00:00.123Z"),
            (1_769_769_000_000, "2026-01-30T10:30:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(iso(at_ms), text);
        }
    }

    #[test]
    fn a_whole_amount_has_no_fraction() {
        assert_eq!(cents(12_000_000).to_string(), "12");
        assert_eq!(cents(-1_500_000).to_string(), "-1.5");
        assert_eq!(cents(1).to_string(), "1e-6");
    }
}
