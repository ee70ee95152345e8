//! A sum over the whole range of doubles, as one fixed-point integer.

/// A double is a whole number of these: 2^`LOWEST`.
const LOWEST: i32 = -1074;
const MICRO: u64 = 1_000_000;
const LIMB_BITS: usize = 32;
/// 2098 bits of double, 20 for the millionths and 62 for carries, in limbs of 32.
const LIMBS: usize = 69;
/// So many additions keep a limb of 64 bits from overflowing.
const ADDITIONS_MAX: u32 = 1 << 29;
const MANTISSA_BITS: usize = 53;

/// An integer that counts 2⁻¹⁰⁷⁴·10⁻⁶, least significant limb first. Limbs are signed, and carries
/// are settled only now and then.
#[derive(Clone, Debug)]
pub(super) struct Wide {
    limbs: [i64; LIMBS],
    additions: u32,
}

impl Default for Wide {
    fn default() -> Self {
        Self { limbs: [0; LIMBS], additions: 0 }
    }
}

impl Wide {
    pub(super) fn negate(&mut self) {
        for limb in &mut self.limbs {
            *limb = -*limb;
        }
    }

    /// Adds the binary value of a finite double.
    pub(super) fn add_double(&mut self, value: f64) {
        let bits = value.to_bits();
        let exponent = usize::try_from((bits >> 52) & 0x7ff).unwrap_or_default();
        let fraction = bits & ((1 << 52) - 1);
        // A subnormal has the exponent of the smallest normal, and no hidden bit.
        let (mantissa, shift) = if exponent == 0 { (fraction, 0) } else { (fraction | 1 << 52, exponent - 1) };
        self.add_shifted(u128::from(mantissa) * u128::from(MICRO), shift, value < 0.0);
    }

    /// Adds a number of millionths.
    pub(super) fn add_millionths(&mut self, count: i128) {
        let magnitude = count.unsigned_abs();
        let unit = usize::try_from(-LOWEST).unwrap_or_default();
        // In halves, so that a shift within a limb cannot overflow.
        self.add_shifted(magnitude & u128::from(u64::MAX), unit, count < 0);
        self.add_shifted(magnitude >> 64, unit + 64, count < 0);
    }

    fn add_shifted(&mut self, magnitude: u128, shift: usize, negative: bool) {
        let mut rest = magnitude << (shift % LIMB_BITS);
        for limb in self.limbs.iter_mut().skip(shift / LIMB_BITS) {
            if rest == 0 {
                break;
            }
            let part = i64::from(rest as u32);
            *limb += if negative { -part } else { part };
            rest >>= LIMB_BITS;
        }
        self.additions += 1;
        if self.additions == ADDITIONS_MAX {
            self.settle_carries();
        }
    }

    /// Brings every limb but the last into 0..2³²; the last then carries the sign.
    fn settle_carries(&mut self) {
        let mut carry = 0;
        let last = LIMBS - 1;
        for (index, limb) in self.limbs.iter_mut().enumerate() {
            *limb += carry;
            if index < last {
                carry = *limb >> LIMB_BITS;
                *limb &= 0xffff_ffff;
            }
        }
        self.additions = 1;
    }

    /// The nearest double, ties to even; an infinity beyond the range.
    pub(super) fn to_double(&self) -> f64 {
        let mut magnitude = self.clone();
        magnitude.settle_carries();
        let negative = magnitude.limbs.last().is_some_and(|limb| *limb < 0);
        if negative {
            magnitude.negate();
            magnitude.settle_carries();
        }
        let remainder = magnitude.divide_by_million();
        let value = magnitude.round(remainder);
        if negative { -value } else { value }
    }

    /// Divides a settled, positive number; returns the remainder.
    fn divide_by_million(&mut self) -> u64 {
        let mut remainder = 0_u64;
        for limb in self.limbs.iter_mut().rev() {
            let dividend = (remainder << LIMB_BITS) | limb.unsigned_abs();
            *limb = i64::try_from(dividend / MICRO).unwrap_or_default();
            remainder = dividend % MICRO;
        }
        remainder
    }

    /// The double nearest to this many 2⁻¹⁰⁷⁴ and `remainder` millionths of one.
    fn round(&self, remainder: u64) -> f64 {
        let length = self.bit_length();
        let dropped = length.saturating_sub(MANTISSA_BITS);
        let mantissa = self.bits_from(dropped);
        let (above_half, half) = if dropped == 0 {
            (remainder * 2 > MICRO, remainder * 2 == MICRO)
        } else {
            let rest = self.any_bit_below(dropped - 1) || remainder > 0;
            let top = self.bit(dropped - 1);
            (top && rest, top && !rest)
        };
        let rounded = mantissa + u64::from(above_half || (half && mantissa % 2 == 1));
        let exponent = LOWEST + i32::try_from(dropped).unwrap_or(i32::MAX);
        scale(rounded as f64, exponent)
    }

    fn bit_length(&self) -> usize {
        let top = self.limbs.iter().enumerate().rev().find(|(_, limb)| **limb != 0);
        top.map_or(0, |(index, limb)| {
            let bits = u64::BITS - limb.leading_zeros();
            index * LIMB_BITS + usize::try_from(bits).unwrap_or_default()
        })
    }

    fn bit(&self, position: usize) -> bool {
        let limb = self.limbs.get(position / LIMB_BITS).copied().unwrap_or_default();
        (limb >> (position % LIMB_BITS)) & 1 == 1
    }

    fn any_bit_below(&self, position: usize) -> bool {
        (0..position).any(|position| self.bit(position))
    }

    /// The 53 bits from a position on.
    fn bits_from(&self, position: usize) -> u64 {
        (0..MANTISSA_BITS).rev().fold(0, |bits, offset| (bits << 1) | u64::from(self.bit(position + offset)))
    }
}

/// `value`·2^`exponent` for an integer of at most 2⁵³; an infinity beyond the range.
fn scale(value: f64, exponent: i32) -> f64 {
    if exponent < -1022 {
        // The result is a whole number of 2⁻¹⁰⁷⁴, so both products are exact, subnormal or not.
        return value * power_of_two(-1022) * power_of_two(exponent + 1022);
    }
    value * power_of_two(exponent.min(1023))
}

fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(u64::try_from(exponent + 1023).unwrap_or_default() << 52)
}
