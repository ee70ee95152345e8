//! Sums of JS numbers without a rounding error, however many are added and in whatever order.

mod wide;

use super::Number;
use crate::decimal::printed_millionths;
use wide::Wide;

const MICRO: i128 = 1_000_000;
/// The largest integer up to which every double is the integer that prints it.
const INTEGER_MAX: f64 = 9_007_199_254_740_991.0;

/// A sum that rounds once, when it is read.
///
/// A number means the decimal that prints it where that is an integer up to 2⁵³−1 or has at most
/// six places, and its binary value otherwise.
///
/// ```
/// use keyrail_core::algebra::{ExactSum, Number};
/// let mut sum = ExactSum::default();
/// for value in [0.1, 0.2, 1e300, -1e300] {
///     sum.add(ExactSum::term(Number::new(value).ok_or("finite")?));
/// }
/// assert_eq!(sum.to_double(), 0.3);
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct ExactSum {
    // 2⁵³·10⁶ per term leaves room for 2⁵⁴ terms.
    millionths: i128,
    /// Everything that is no decimal of six places; absent until there is such a term.
    beyond: Option<Box<Wide>>,
}

/// One number, ready to be added.
#[derive(Clone, Copy, Debug)]
pub struct Term(Value);

#[derive(Clone, Copy, Debug)]
enum Value {
    Millionths(i128),
    Double(f64),
}

impl ExactSum {
    /// What a number adds. Worked out once, however many sums it goes into.
    pub fn term(number: Number) -> Term {
        let value = number.get();
        Term(millionths(value).map_or(Value::Double(value), Value::Millionths))
    }

    /// Adds a term.
    pub fn add(&mut self, term: Term) {
        match term.0 {
            Value::Millionths(millionths) => self.millionths = self.millionths.saturating_add(millionths),
            Value::Double(value) => self.beyond.get_or_insert_default().add_double(value),
        }
    }

    /// Turns the sum into its opposite.
    pub fn negate(&mut self) {
        self.millionths = self.millionths.saturating_neg();
        if let Some(wide) = &mut self.beyond {
            wide.negate();
        }
    }

    /// The nearest double, ties to even; an infinity where the sum is beyond all doubles.
    pub fn to_double(&self) -> f64 {
        if let (None, Ok(millionths)) = (&self.beyond, i64::try_from(self.millionths))
            && millionths.unsigned_abs() <= 1 << 53
        {
            // Both are exact, so the one division rounds correctly.
            return millionths as f64 / MICRO as f64;
        }
        let mut wide = self.beyond.as_deref().cloned().unwrap_or_default();
        wide.add_millionths(self.millionths);
        wide.to_double()
    }
}

/// The millionths of the decimal that prints a double; `None` if it is not of that kind.
fn millionths(value: f64) -> Option<i128> {
    if value.abs() > INTEGER_MAX {
        return None;
    }
    if value.trunc() == value {
        // By way of 64 bits, which every target converts in one instruction.
        return Some(i128::from(value as i64) * MICRO);
    }
    printed_millionths(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(values: &[f64]) -> f64 {
        let mut sum = ExactSum::default();
        for value in values {
            sum.add(ExactSum::term(Number::new(*value).unwrap()));
        }
        sum.to_double()
    }

    #[test]
    fn rounds_once() {
        for (values, expected) in [
            (&[][..], 0.0),
            (&[0.1, 0.2], 0.3),
            (&[0.1; 10], 1.0),
            (&[1e-6; 1_000], 0.001),
            (&[9_007_199_254_740_991.0, 1.0, 1.0], 9_007_199_254_740_992.0),
            (&[9_007_199_254_740_991.0, 0.5], 9_007_199_254_740_992.0),
            (&[9_007_199_254_740_991.0, 0.25], 9_007_199_254_740_991.0),
            (&[9_007_199_254_740_991.0, 9_007_199_254_740_991.0], 18_014_398_509_481_982.0),
            (&[9_007_199_254.740_99, 0.000_001], 9_007_199_254.740_991),
            (&[1e300, 1.0, -1e300], 1.0),
            (&[1e308, 1e308, -1e308], 1e308),
            (&[1e308, 1e308], f64::INFINITY),
            (&[-1e308, -1e308], f64::NEG_INFINITY),
            (&[f64::MAX], f64::MAX),
            (&[5e-324], 5e-324),
            (&[5e-324, 5e-324], 1e-323),
            (&[5e-324, 0.1, -0.1], 5e-324),
            (&[1.0, 1e-17], 1.0),
            (&[0.123_456_789, 0.000_000_001], 0.123_456_79),
            (&[-0.3, 0.1, 0.1, 0.1], 0.0),
        ] {
            assert_eq!(sum(values), expected, "{values:?}");
        }
    }

    #[test]
    fn reads_back_every_single_term() {
        let mut bits = 0x9e37_79b9_7f4a_7c15_u64;
        for _ in 0..20_000 {
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let value = f64::from_bits(bits ^ (bits >> 29));
            if value.is_finite() {
                assert_eq!(sum(&[value]), value);
                assert_eq!(sum(&[value, 1.5, -value]), 1.5);
            }
        }
    }

    #[test]
    fn order_does_not_matter() {
        let mut values = [0.1, 1e16, 3.3, -7e15, 2.5e-7, 1e-300, 12345.678901, 8.0];
        let expected = sum(&values);
        for turn in 0..values.len() {
            values.rotate_left(1);
            assert_eq!(sum(&values), expected, "turned {turn}");
        }
    }
}
