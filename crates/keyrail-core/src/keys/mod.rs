//! Secrets: their formats, how one is made from random bytes, and how one is recognised.
//!
//! Nothing here draws randomness: the caller hands in the bytes.

mod hash;
mod hex;

pub use hash::{hash_key, safe_equal};
