//! Secrets: their formats, how one is made from random bytes, and how one is recognised.
//!
//! Nothing here draws randomness: the caller hands in the bytes.

mod base62;
mod crc32;
mod format;
mod hash;
mod hex;
mod parse;

pub use format::{AGENTKEY, Encoding, KeyFormat, WORLDMONITOR, new_key};
pub use hash::{hash_key, safe_equal};
pub use parse::{ParseError, display_end, parse_key};
