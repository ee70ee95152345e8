//! Secrets.

use keyrail_core::keys::{KeyFormat, new_key};
use napi_derive::napi;

use crate::blocks::FlatBlocks;

/// SHA-256 hex of a secret.
#[napi]
pub fn hash_key(secret: String) -> String {
    keyrail_core::keys::hash_key(&secret)
}

/// A new secret with the system's random bytes: so many of them in hex, or with 0 base62 with its
/// checksum. Nothing if the system has none to give.
#[napi(js_name = "newKey")]
pub fn new_key_of(prefix: String, bytes: u32) -> Option<String> {
    let encoding = keyrail_flat::encoding(bytes as usize);
    new_key(&KeyFormat { prefix: &prefix, encoding, display_length: 0 }, getrandom::fill).ok()
}

#[napi]
impl FlatBlocks {
    /// Whether a text has the form of a secret.
    #[napi]
    pub fn parse_key(&mut self, prefix: u32, length: u32, bytes: u32) -> f64 {
        let encoding = keyrail_flat::encoding(bytes as usize);
        self.with(|blocks| blocks.parse_key(prefix as usize, length as usize, encoding))
    }

    /// Where the part of a secret that may be shown ends.
    #[napi]
    pub fn display_end(&mut self, length: u32, display_length: u32) -> f64 {
        self.with(|blocks| blocks.display_end(length as usize, display_length as usize))
    }

    /// Whether two texts are equal.
    #[napi]
    pub fn safe_equal(&mut self, left: u32, right: u32) -> f64 {
        self.with(|blocks| blocks.safe_equal(left as usize, right as usize))
    }
}
