//! The decimal that a JS number prints, without printing it.
//!
//! A double stands for every decimal nearer to it than to its neighbours, and prints as the one of
//! them with the fewest digits, the nearest of those. So if any decimal of at most six places stands
//! for a double, the printed one has at most six places too.

const MICRO: f64 = 1e6;
const PLACES_MAX: u32 = 6;
/// Up to here no two decimals of six places share a double: they have at most 15 digits.
const UNIQUE_MAX: f64 = 1e9;

/// The millionths of the decimal that prints `value`, if it has at most six places. `value` is
/// finite and below 2⁵³.
pub(crate) fn printed_millionths(value: f64) -> Option<i128> {
    if value.abs() <= UNIQUE_MAX {
        let millionths = (value * MICRO).round();
        // Both are exact, so the division rounds as reading the decimal does.
        return (millionths / MICRO == value).then_some(i128::from(millionths as i64));
    }
    let Exact { mantissa, shift } = exact(value.abs());
    let magnitude = (0..=PLACES_MAX).find_map(|places| {
        let scale = 10u128.pow(places);
        // value = mantissa / 2^shift, and `nearest` / scale is the nearest decimal of so many places.
        let scaled = mantissa * scale;
        let nearest = nearest_even(scaled, shift);
        let twice_distance = 2 * (nearest << shift).abs_diff(scaled);
        // A double reaches half its step to either side; at the very edge it is read if it is even.
        let is_read_back = twice_distance < scale || (twice_distance == scale && mantissa % 2 == 0);
        is_read_back.then(|| nearest * 10u128.pow(PLACES_MAX - places))
    })?;
    let magnitude = i128::try_from(magnitude).ok()?;
    Some(if value < 0.0 { -magnitude } else { magnitude })
}

/// `number` / 2^shift, rounded to the nearest whole number, at a tie to the even one: of two
/// decimals equally near ECMAScript prints the even one.
fn nearest_even(number: u128, shift: u32) -> u128 {
    let floor = number >> shift;
    let twice_rest = 2 * (number - (floor << shift));
    let is_up = twice_rest > 1 << shift || (twice_rest == 1 << shift && floor % 2 == 1);
    floor + u128::from(is_up)
}

/// ⌊value · 10⁶⌋ of the exact value of a double from 0 up to 2⁵³.
pub(crate) fn exact_millionths(value: f64) -> u128 {
    let Exact { mantissa, shift } = exact(value);
    (mantissa * 1_000_000).checked_shr(shift).unwrap_or(0)
}

/// mantissa / 2^shift.
struct Exact {
    mantissa: u128,
    shift: u32,
}

/// The exact value of a double from 0 up to 2⁵³.
fn exact(value: f64) -> Exact {
    let bits = value.to_bits();
    let exponent = u32::try_from((bits >> 52) & 0x7ff).unwrap_or_default();
    let fraction = u128::from(bits & ((1 << 52) - 1));
    // The smallest doubles share the exponent of the next ones and lack the leading 1.
    let (mantissa, exponent) = if exponent == 0 { (fraction, 1) } else { (fraction | 1 << 52, exponent) };
    Exact { mantissa, shift: 1_075u32.saturating_sub(exponent) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same from the digits that Rust prints, which are the shortest that read back.
    fn from_digits(value: f64) -> Option<i128> {
        let text = format!("{}", value.abs());
        let (whole, places) = text.split_once('.').unwrap_or((&text, ""));
        let magnitude: i128 = format!("{whole}{places:0<6}").parse().ok()?;
        (places.len() <= 6).then_some(if value < 0.0 { -magnitude } else { magnitude })
    }

    #[test]
    fn of_two_decimals_equally_near_the_even_one_is_printed() {
        // As `String()` of V8 prints them; Rust would print the other one.
        for (value, millionths) in [
            (874_362_592_956_276.0 + 0.25, 874_362_592_956_276_200_000),
            (8_956_141_901.0 + 0.507_812_5, 8_956_141_901_507_812),
            (8_969_703_931.0 + 0.007_812_5, 8_969_703_931_007_812),
            (-8_683_911_962.0 - 0.945_312_5, -8_683_911_962_945_312),
        ] {
            assert_eq!(printed_millionths(value), Some(millionths), "{value}");
        }
    }

    /// Whether a value lies half-way between two decimals of so many places as may be printed.
    fn is_half_way(value: f64) -> bool {
        let Exact { mantissa, shift } = exact(value.abs());
        let is_tie = |places| 2 * (mantissa * 10u128.pow(places)) % (2 << shift) == 1 << shift;
        shift <= 52 && (0..=PLACES_MAX).any(is_tie)
    }

    #[test]
    fn the_millionths_are_those_of_the_printed_digits() {
        let mut state = 0x9e37_79b9_7f4a_7c15u64;
        let mut random = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        for round in 0..600_000u32 {
            let bits = random();
            let value = match round % 6 {
                0 => f64::from_bits(bits),
                1 => (bits % 9_000_000_000_000_000) as f64 / 1e6,
                2 => 8_589_934_592.0 + (bits % 410_065_408) as f64 + (random() % 524_288) as f64 / 524_288.0,
                3 => (bits % 100_000_000) as f64 / [1e2, 1e5, 1e6, 1e7, 1e9][(bits % 5) as usize],
                4 => f64::from_bits(((bits % 1_000) as f64 / 1e6).to_bits() + bits % 5),
                _ => (bits >> 11) as f64 / [1.0, 2.0, 4.0, 64.0, 4_096.0][(bits % 5) as usize],
            };
            if !value.is_finite() || value.abs() >= 9_007_199_254_740_992.0 || is_half_way(value) {
                continue;
            }
            assert_eq!(printed_millionths(value), from_digits(value), "{value}");
            if printed_millionths(value).is_none() {
                let text = format!("{:.1100}", value.abs());
                let (whole, places) = text.split_once('.').expect("a point");
                let floor: u128 = format!("{whole}{}", &places[..6]).parse().expect("digits");
                assert_eq!(exact_millionths(value.abs()), floor, "{value}");
            }
        }
    }
}
