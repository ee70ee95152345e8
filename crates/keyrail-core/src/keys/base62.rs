//! Base62 with a checksum.

use super::crc32::crc32;

/// The digits, in the order of their values.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Random characters: 178 bits.
pub(super) const RANDOM_LENGTH: usize = 30;
/// 62⁶ is just above 2³².
pub(super) const CHECKSUM_LENGTH: usize = 6;
/// The greatest multiple of 62 in a byte; larger bytes are drawn again, so that no digit is likelier.
const UNBIASED: u8 = 248;

/// Whether a byte is a digit.
pub(super) fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

/// Random characters and their checksum.
pub(super) fn random_with_checksum<E>(mut draw: impl FnMut(&mut [u8]) -> Result<(), E>) -> Result<String, E> {
    let mut random = String::with_capacity(RANDOM_LENGTH + CHECKSUM_LENGTH);
    while random.len() < RANDOM_LENGTH {
        let mut bytes = [0; RANDOM_LENGTH];
        draw(&mut bytes)?;
        let unbiased = bytes.into_iter().filter(|byte| *byte < UNBIASED);
        random.extend(unbiased.map(|byte| digit(u32::from(byte) % 62)).take(RANDOM_LENGTH - random.len()));
    }
    let checksum = checksum(random.as_bytes());
    random.extend(checksum);
    Ok(random)
}

/// The CRC-32 of characters as six digits, the most significant first.
pub(super) fn checksum(characters: &[u8]) -> [char; CHECKSUM_LENGTH] {
    let mut rest = crc32(characters);
    let mut digits = ['0'; CHECKSUM_LENGTH];
    for place in digits.iter_mut().rev() {
        *place = digit(rest % 62);
        rest /= 62;
    }
    digits
}

fn digit(value: u32) -> char {
    let index = usize::try_from(value).unwrap_or_default();
    DIGITS.get(index).copied().map_or('0', char::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn biased_bytes_are_drawn_again() {
        let mut drawn = 0;
        let draw = |bytes: &mut [u8]| {
            drawn += 1;
            bytes.fill(if drawn == 1 { 248 } else { 247 });
            Ok::<(), ()>(())
        };
        let random = random_with_checksum(draw).unwrap();
        assert_eq!(drawn, 2);
        assert_eq!(&random[..RANDOM_LENGTH], "z".repeat(RANDOM_LENGTH));
    }

    #[test]
    fn every_digit_is_equally_likely() {
        let mut counts = [0; 62];
        for byte in 0..UNBIASED {
            counts[usize::from(byte % 62)] += 1;
        }
        assert_eq!(counts, [4; 62]);
    }

    #[test]
    fn an_error_of_the_source_is_passed_on() {
        assert_eq!(random_with_checksum(|_| Err("dry")), Err("dry"));
    }
}
