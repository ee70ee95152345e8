//! Whether a text can be a secret at all: no hash and no look-up.

use super::{Encoding, KeyFormat, base62, hex};
use crate::algebra::Unit;

/// Why a text is no secret of a format; the first that holds, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseError {
    /// There is no text.
    Empty,
    /// It does not begin with the format's prefix.
    Prefix,
    /// It has too many or too few characters.
    Length,
    /// It has a character that the encoding does not use.
    Alphabet,
    /// Its last six characters are not the checksum of the others.
    Checksum,
}

impl ParseError {
    /// The stable word for programs.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Prefix => "prefix",
            Self::Length => "length",
            Self::Alphabet => "alphabet",
            Self::Checksum => "checksum",
        }
    }
}

impl KeyFormat<'_> {
    /// Whether a text has the form of a secret of this kind. Says nothing about whether it exists.
    ///
    /// ```
    /// use keyrail_core::keys::{AGENTKEY, ParseError};
    /// assert_eq!(AGENTKEY.parse(&format!("ak_{:048}", 0)), Ok(()));
    /// assert_eq!(AGENTKEY.parse("ak_0"), Err(ParseError::Length));
    /// assert_eq!(AGENTKEY.parse("sk_0"), Err(ParseError::Prefix));
    /// ```
    pub fn parse(&self, text: &str) -> Result<(), ParseError> {
        parse_key(text.as_bytes(), self.prefix.as_bytes(), self.encoding)
    }
}

/// The same over code units; a text in UTF-16 is measured in UTF-16.
///
/// ```
/// use keyrail_core::keys::{Encoding, ParseError, parse_key};
/// let one_byte = Encoding::Hex { bytes: 1 };
/// assert_eq!(parse_key(b"k_0f", b"k_", one_byte), Ok(()));
/// assert_eq!(parse_key(b"k_0F", b"k_", one_byte), Err(ParseError::Alphabet));
/// ```
pub fn parse_key<U: Unit>(text: &[U], prefix: &[U], encoding: Encoding) -> Result<(), ParseError> {
    if text.is_empty() {
        return Err(ParseError::Empty);
    }
    let rest = text.strip_prefix(prefix).ok_or(ParseError::Prefix)?;
    if rest.len() != encoding.length() {
        return Err(ParseError::Length);
    }
    let is_digit = match encoding {
        Encoding::Hex { .. } => hex::is_digit,
        Encoding::Base62Crc32 => base62::is_digit,
    };
    if !rest.iter().all(|unit| unit.ascii().is_some_and(is_digit)) {
        return Err(ParseError::Alphabet);
    }
    match encoding {
        Encoding::Hex { .. } => Ok(()),
        Encoding::Base62Crc32 => checksum_holds(rest),
    }
}

fn checksum_holds<U: Unit>(rest: &[U]) -> Result<(), ParseError> {
    let (random, given) = rest.split_at_checked(base62::RANDOM_LENGTH).ok_or(ParseError::Length)?;
    let random: Vec<u8> = random.iter().filter_map(|unit| unit.ascii()).collect();
    let given = given.iter().filter_map(|unit| unit.ascii()).map(char::from);
    if given.eq(base62::checksum(&random)) { Ok(()) } else { Err(ParseError::Checksum) }
}

/// Where the part of a secret that may be shown ends.
///
/// ```
/// use keyrail_core::keys::{WORLDMONITOR, display_end};
/// assert_eq!(display_end(b"wm_0123456789", WORLDMONITOR.display_length), 8);
/// assert_eq!(display_end(b"wm_", WORLDMONITOR.display_length), 3);
/// ```
pub fn display_end<U: Unit>(secret: &[U], display_length: usize) -> usize {
    secret.len().min(display_length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{WORLDMONITOR, new_key};

    const CRC: KeyFormat<'_> = KeyFormat { prefix: "kr_", encoding: Encoding::Base62Crc32, display_length: 8 };

    fn counting() -> impl FnMut(&mut [u8]) -> Result<(), ()> {
        let mut next = 0_u8;
        move |bytes| {
            for byte in bytes {
                next = next.wrapping_mul(5).wrapping_add(113);
                *byte = next;
            }
            Ok(())
        }
    }

    #[test]
    fn what_is_made_is_recognised() {
        for format in [crate::keys::AGENTKEY, WORLDMONITOR, CRC] {
            let mut draw = counting();
            for _ in 0..100 {
                let key = new_key(&format, &mut draw).unwrap();
                assert_eq!(format.parse(&key), Ok(()), "{key}");
            }
        }
    }

    #[test]
    fn every_single_typing_error_breaks_the_checksum() {
        let key = new_key(&CRC, counting()).unwrap();
        for position in 3..key.len() {
            for replacement in ["0", "z", "A"] {
                let mut typed = key.clone();
                typed.replace_range(position..=position, replacement);
                let expected = if typed == key { Ok(()) } else { Err(ParseError::Checksum) };
                assert_eq!(CRC.parse(&typed), expected, "{typed}");
            }
        }
    }

    #[test]
    fn the_first_fault_is_named() {
        let hex40 = "a".repeat(40);
        for (text, expected) in [
            (String::new(), ParseError::Empty),
            ("sk_live_abc".into(), ParseError::Prefix),
            (format!("WM_{hex40}"), ParseError::Prefix),
            ("wm_".into(), ParseError::Length),
            (format!("wm_{hex40}a"), ParseError::Length),
            (format!("wm_{}G", &hex40[1..]), ParseError::Alphabet),
            (format!("wm_{} ", &hex40[1..]), ParseError::Alphabet),
            (format!("wm_{}A", &hex40[1..]), ParseError::Alphabet),
        ] {
            assert_eq!(WORLDMONITOR.parse(&text), Err(expected), "{text}");
        }
    }
}
