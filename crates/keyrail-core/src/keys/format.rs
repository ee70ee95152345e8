//! What secrets look like, and making one.

use super::{base62, hex};

/// How the random part of a secret is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// So many random bytes, each as two lowercase hex digits.
    Hex {
        /// How many.
        bytes: usize,
    },
    /// 30 random characters of `0-9A-Za-z`, then the CRC-32 of those as six base62 digits: a
    /// mistyped secret is recognised without a look-up.
    Base62Crc32,
}

/// A kind of secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyFormat<'a> {
    /// What every secret of the kind begins with.
    pub prefix: &'a str,
    /// How the rest is written.
    pub encoding: Encoding,
    /// How many characters, from the first on, may be shown to people.
    pub display_length: usize,
}

/// `ak_` and 48 hex digits; `ak_` and eight of them are shown.
pub const AGENTKEY: KeyFormat<'static> =
    KeyFormat { prefix: "ak_", encoding: Encoding::Hex { bytes: 24 }, display_length: 11 };

/// `wm_` and 40 hex digits; the first eight characters are shown.
pub const WORLDMONITOR: KeyFormat<'static> =
    KeyFormat { prefix: "wm_", encoding: Encoding::Hex { bytes: 20 }, display_length: 8 };

impl Encoding {
    /// How many characters follow the prefix.
    pub const fn length(self) -> usize {
        match self {
            Self::Hex { bytes } => bytes.saturating_mul(2),
            Self::Base62Crc32 => base62::RANDOM_LENGTH + base62::CHECKSUM_LENGTH,
        }
    }
}

/// A new secret; `draw` fills a slice with random bytes, and its error is passed on.
///
/// ```
/// use keyrail_core::keys::{WORLDMONITOR, new_key};
/// let zeros = |bytes: &mut [u8]| { bytes.fill(0); Ok::<(), ()>(()) };
/// assert_eq!(new_key(&WORLDMONITOR, zeros), Ok(format!("wm_{:040}", 0)));
/// ```
pub fn new_key<E>(format: &KeyFormat<'_>, draw: impl FnMut(&mut [u8]) -> Result<(), E>) -> Result<String, E> {
    let random = match format.encoding {
        Encoding::Hex { bytes } => random_hex(bytes, draw)?,
        Encoding::Base62Crc32 => base62::random_with_checksum(draw)?,
    };
    Ok([format.prefix, &random].concat())
}

fn random_hex<E>(bytes: usize, mut draw: impl FnMut(&mut [u8]) -> Result<(), E>) -> Result<String, E> {
    let mut random = vec![0; bytes];
    draw(&mut random)?;
    Ok(hex::encode(&random))
}
