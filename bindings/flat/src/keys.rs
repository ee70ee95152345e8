//! Secrets.

use keyrail_core::keys::{Encoding, ParseError, display_end, parse_key, safe_equal};

use crate::{Blocks, flag, index};

impl Blocks<'_> {
    /// Reads a prefix, then a text; returns 0 if the text has the form of a secret, else which
    /// fault it has: 1 empty, 2 prefix, 3 length, 4 alphabet, 5 checksum.
    pub fn parse_key(&self, prefix: usize, length: usize, encoding: Encoding) -> f64 {
        let (prefix, rest) = self.text.split_at(prefix.min(self.text.len()));
        match parse_key(rest.get(..length).unwrap_or_default(), prefix, encoding) {
            Ok(()) => 0.0,
            Err(ParseError::Empty) => 1.0,
            Err(ParseError::Prefix) => 2.0,
            Err(ParseError::Length) => 3.0,
            Err(ParseError::Alphabet) => 4.0,
            Err(ParseError::Checksum) => 5.0,
        }
    }

    /// Reads a secret; returns where the part that may be shown ends.
    pub fn display_end(&self, length: usize, display_length: usize) -> f64 {
        index(display_end(self.text.get(..length).unwrap_or_default(), display_length))
    }

    /// Reads two texts; returns whether they are equal.
    pub fn safe_equal(&self, left: usize, right: usize) -> f64 {
        let (left, rest) = self.text.split_at(left.min(self.text.len()));
        flag(safe_equal(left, rest.get(..right).unwrap_or_default()))
    }
}

/// The encoding that a number of bytes stands for: hex, or with 0 base62 with its checksum.
pub const fn encoding(bytes: usize) -> Encoding {
    if bytes == 0 { Encoding::Base62Crc32 } else { Encoding::Hex { bytes } }
}
