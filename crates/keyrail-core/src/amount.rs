//! Money: whole microcents, exactly.
//!
//! One unit is one microcent = 10⁻⁶ cent = 10⁻⁸ dollar. A JS number of cents means the shortest
//! decimal that prints it, never its binary value; a positive remainder below one microcent rounds
//! up, so that nothing is ever charged less than it cost.

use crate::decimal::{exact_millionths, printed_millionths};

/// Microcents in one cent.
pub const MICROCENTS_PER_CENT: i64 = 1_000_000;

/// The largest magnitude of an amount, in microcents: 9·10¹⁵, which a double still holds exactly.
pub const AMOUNT_MAX_MICROCENTS: i64 = 9_000_000_000_000_000;

/// An amount of money in microcents, |x| ≤ [`AMOUNT_MAX_MICROCENTS`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Microcents(i64);

/// Why a number is not an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AmountError {
    /// NaN or an infinity.
    NotFinite,
    /// Beyond 9·10⁹ cents in either direction.
    OutOfRange,
}

impl Microcents {
    /// No money.
    pub const ZERO: Self = Self(0);
    /// The largest amount.
    pub const MAX: Self = Self(AMOUNT_MAX_MICROCENTS);

    /// An amount from whole microcents; `None` when out of range.
    pub const fn new(microcents: i64) -> Option<Self> {
        if microcents >= -AMOUNT_MAX_MICROCENTS && microcents <= AMOUNT_MAX_MICROCENTS {
            Some(Self(microcents))
        } else {
            None
        }
    }

    /// The whole microcents.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The sum; `None` when out of range.
    pub const fn plus(self, other: Self) -> Option<Self> {
        // Both are within ±9·10¹⁵, so the sum of the integers cannot overflow.
        Self::new(self.0 + other.0)
    }

    /// The difference; `None` when out of range.
    pub const fn minus(self, other: Self) -> Option<Self> {
        Self::new(self.0 - other.0)
    }

    /// The amount that a JS number of cents means: its shortest decimal, the rest rounded up.
    ///
    /// ```
    /// use keyrail_core::amount::{AmountError, Microcents};
    /// assert_eq!(Microcents::from_cents(0.1).map(|m| m.get()), Ok(100_000));
    /// assert_eq!(Microcents::from_cents(1e-7).map(|m| m.get()), Ok(1));
    /// assert_eq!(Microcents::from_cents(f64::NAN), Err(AmountError::NotFinite));
    /// assert_eq!(Microcents::from_cents(9.1e9), Err(AmountError::OutOfRange));
    /// ```
    pub fn from_cents(cents: f64) -> Result<Self, AmountError> {
        if !cents.is_finite() {
            return Err(AmountError::NotFinite);
        }
        // 9·10⁹ cents is exact as a double, so this is the range check itself.
        if !(-9e9..=9e9).contains(&cents) {
            return Err(AmountError::OutOfRange);
        }
        match whole(cents) {
            Some(whole_cents) => Ok(Self(whole_cents * MICROCENTS_PER_CENT)),
            None => Ok(Self(ceil_of_decimal(cents))),
        }
    }

    /// The amount in cents, as the nearest double.
    pub fn to_cents(self) -> f64 {
        self.0 as f64 / MICROCENTS_PER_CENT as f64
    }

    /// Rounded up to whole cents.
    pub const fn ceil_to_cent(self) -> Self {
        let rest = self.0.rem_euclid(MICROCENTS_PER_CENT);
        // 9·10¹⁵ is itself a whole number of cents, so rounding up stays in range.
        if rest == 0 { self } else { Self(self.0 - rest + MICROCENTS_PER_CENT) }
    }

    /// Rounded down to whole cents.
    pub const fn floor_to_cent(self) -> Self {
        Self(self.0 - self.0.rem_euclid(MICROCENTS_PER_CENT))
    }
}

/// The number as an integer, if it is one.
fn whole(cents: f64) -> Option<i64> {
    let truncated = cents as i64;
    (truncated as f64 == cents).then_some(truncated)
}

/// ⌈decimal · 10⁶⌉ of the decimal that prints `cents`, which is in range and not whole.
fn ceil_of_decimal(cents: f64) -> i64 {
    if let Some(microcents) = printed_millionths(cents) {
        return i64::try_from(microcents).unwrap_or(AMOUNT_MAX_MICROCENTS);
    }
    // Its decimal has more places. No multiple of 10⁻⁶ lies between that decimal and the exact
    // value, else that multiple would stand for the number with fewer digits: both have the same
    // microcents below them.
    let below = i64::try_from(exact_millionths(cents.abs())).unwrap_or(AMOUNT_MAX_MICROCENTS);
    if cents < 0.0 { -below } else { below + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(table: &[(f64, Result<i64, AmountError>)]) {
        for (cents, expected) in table {
            assert_eq!(Microcents::from_cents(*cents).map(Microcents::get), *expected, "{cents}");
        }
    }

    #[test]
    fn a_number_means_its_shortest_decimal() {
        check(&[
            (0.0, Ok(0)),
            (-0.0, Ok(0)),
            (1.0, Ok(1_000_000)),
            (0.1, Ok(100_000)),
            (0.29, Ok(290_000)),
            (1.005, Ok(1_005_000)),
            (0.000_17, Ok(170)),
            (1_234_567.654_321, Ok(1_234_567_654_321)),
            (9e9, Ok(AMOUNT_MAX_MICROCENTS)),
            (-9e9, Ok(-AMOUNT_MAX_MICROCENTS)),
        ]);
    }

    #[test]
    fn a_rest_below_one_microcent_rounds_up() {
        check(&[
            (0.1 + 0.2, Ok(300_001)),
            (5e-324, Ok(1)),
            (1e-6, Ok(1)),
            (1.000_000_1, Ok(1_000_001)),
            (-1e-7, Ok(0)),
            (-1.000_000_9, Ok(-1_000_000)),
        ]);
    }

    #[test]
    fn outside_the_range_is_an_error() {
        check(&[
            (f64::NAN, Err(AmountError::NotFinite)),
            (f64::INFINITY, Err(AmountError::NotFinite)),
            (f64::NEG_INFINITY, Err(AmountError::NotFinite)),
            (9_000_000_000.000_002, Err(AmountError::OutOfRange)),
            (1e308, Err(AmountError::OutOfRange)),
            (-1e308, Err(AmountError::OutOfRange)),
        ]);
    }

    #[test]
    fn cents_come_back_as_the_nearest_double() {
        for cents in [0.1, 0.29, 1.005, 12_345.678_9, 8_999_999_999.5, 0.000_001] {
            assert_eq!(Microcents::from_cents(cents).map(Microcents::to_cents), Ok(cents));
        }
    }

    #[test]
    fn whole_cents_up_and_down() {
        let amount = |microcents| Microcents::new(microcents).unwrap_or_default();
        assert_eq!(amount(1).ceil_to_cent().get(), 1_000_000);
        assert_eq!(amount(1_000_000).ceil_to_cent().get(), 1_000_000);
        assert_eq!(amount(-1).ceil_to_cent().get(), 0);
        assert_eq!(amount(1_999_999).floor_to_cent().get(), 1_000_000);
        assert_eq!(Microcents::MAX.ceil_to_cent(), Microcents::MAX);
        assert_eq!(Microcents::MAX.plus(amount(1)), None);
    }
}
