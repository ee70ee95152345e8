//! Durations as people write them: a whole number and a unit.

use crate::algebra::Unit;

const SECOND_MS: u64 = 1_000;
const MINUTE_MS: u64 = 60 * SECOND_MS;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;
const MONTH_MS: u64 = 30 * DAY_MS;
/// The last instant that a JavaScript date can be, and so the longest duration.
const INSTANT_MAX_MS: u64 = 8_640_000_000_000_000;

/// Which units a duration may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Units {
    /// `m` minutes, `h` hours, `d` days, `mo` months of 30 days: the life of a key.
    Lifetime,
    /// The same and `s` seconds: the time of a hold.
    Hold,
}

/// Why a text is no duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DurationError {
    /// It is not a whole number and a known unit.
    Malformed,
    /// It leads beyond the last instant that a date can be.
    TooLong,
}

/// The milliseconds of a duration.
///
/// ```
/// use keyrail_core::duration::{DurationError, Units, milliseconds};
/// assert_eq!(milliseconds(b"5m", Units::Lifetime), Ok(300_000));
/// assert_eq!(milliseconds(b"1mo", Units::Lifetime), Ok(2_592_000_000));
/// assert_eq!(milliseconds(b"30s", Units::Hold), Ok(30_000));
/// assert_eq!(milliseconds(b"30s", Units::Lifetime), Err(DurationError::Malformed));
/// assert_eq!(milliseconds(b"999999999d", Units::Hold), Err(DurationError::TooLong));
/// ```
pub fn milliseconds<U: Unit>(text: &[U], units: Units) -> Result<u64, DurationError> {
    let digit = |unit: &U| unit.ascii().filter(u8::is_ascii_digit).map(|digit| u64::from(digit - b'0'));
    let digits = text.iter().take_while(|unit| digit(unit).is_some()).count();
    let (number, name) = text.split_at_checked(digits).ok_or(DurationError::Malformed)?;
    if number.is_empty() {
        return Err(DurationError::Malformed);
    }
    let unit_ms = unit_milliseconds(name, units).ok_or(DurationError::Malformed)?;
    let count =
        number.iter().filter_map(digit).fold(0_u64, |count, digit| count.saturating_mul(10).saturating_add(digit));
    match count.checked_mul(unit_ms) {
        Some(duration_ms) if duration_ms <= INSTANT_MAX_MS => Ok(duration_ms),
        _ => Err(DurationError::TooLong),
    }
}

fn unit_milliseconds<U: Unit>(name: &[U], units: Units) -> Option<u64> {
    let mut ascii = name.iter().map(|unit| unit.ascii());
    match (ascii.next()??, ascii.next(), ascii.next()) {
        (b's', None, _) if units == Units::Hold => Some(SECOND_MS),
        (b'm', None, _) => Some(MINUTE_MS),
        (b'h', None, _) => Some(HOUR_MS),
        (b'd', None, _) => Some(DAY_MS),
        (b'm', Some(Some(b'o')), None) => Some(MONTH_MS),
        _ => None,
    }
}

/// When something that begins now and lasts so long ends, in milliseconds since the epoch.
///
/// ```
/// use keyrail_core::duration::{DurationError, expiry_ms};
/// assert_eq!(expiry_ms(1_000, b"1m"), Ok(61_000));
/// assert_eq!(expiry_ms(1_000, b"99999999d"), Ok(8_639_999_913_601_000));
/// assert_eq!(expiry_ms(1_700_000_000_000, b"99999999d"), Err(DurationError::TooLong));
/// ```
pub fn expiry_ms<U: Unit>(now_ms: i64, duration: &[U]) -> Result<i64, DurationError> {
    let duration_ms = milliseconds(duration, Units::Lifetime)?;
    let expiry_ms = now_ms.checked_add_unsigned(duration_ms).ok_or(DurationError::TooLong)?;
    if expiry_ms.unsigned_abs() <= INSTANT_MAX_MS { Ok(expiry_ms) } else { Err(DurationError::TooLong) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_ones_are_refused() {
        for text in [
            "", "7", "mo", "d", "7M", "1mom", "1e3d", "7d\n", "1w", "1ms", "-1d", "+1d", "1d 2h", "7d ", "1,000d",
            "7MO", "7Mo", "1.5d", "१d", "1dé",
        ] {
            for units in [Units::Lifetime, Units::Hold] {
                assert_eq!(milliseconds(text.as_bytes(), units), Err(DurationError::Malformed), "{text}");
            }
        }
    }

    #[test]
    fn long_ones_are_refused_not_wrapped() {
        for text in ["99999999999d", "99999999999999999999999d", "18446744073709551616m", "100000001d"] {
            assert_eq!(milliseconds(text.as_bytes(), Units::Hold), Err(DurationError::TooLong), "{text}");
        }
        assert_eq!(milliseconds(b"100000000d", Units::Hold), Ok(INSTANT_MAX_MS));
    }
}
