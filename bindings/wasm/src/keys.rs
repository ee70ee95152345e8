//! Secrets.

use keyrail_core::keys::{KeyFormat, new_key};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::blocks::with;

/// SHA-256 hex of a secret.
#[wasm_bindgen(js_name = hashKey)]
pub fn hash_key(secret: &str) -> String {
    keyrail_core::keys::hash_key(secret)
}

/// A new secret with the host's random bytes: so many of them in hex, or with 0 base62 with its
/// checksum. Nothing if the host has none to give.
#[wasm_bindgen(js_name = newKey)]
pub fn new_key_of(prefix: &str, bytes: usize) -> Option<String> {
    let format = KeyFormat { prefix, encoding: keyrail_flat::encoding(bytes), display_length: 0 };
    new_key(&format, getrandom::fill).ok()
}

/// Whether a text has the form of a secret.
#[wasm_bindgen(js_name = parseKey)]
pub fn parse_key(prefix: usize, length: usize, bytes: usize) -> f64 {
    with(|blocks| blocks.parse_key(prefix, length, keyrail_flat::encoding(bytes)))
}

/// Where the part of a secret that may be shown ends.
#[wasm_bindgen(js_name = displayEnd)]
pub fn display_end(length: usize, display_length: usize) -> f64 {
    with(|blocks| blocks.display_end(length, display_length))
}

/// Whether two texts are equal.
#[wasm_bindgen(js_name = safeEqual)]
pub fn safe_equal(left: usize, right: usize) -> f64 {
    with(|blocks| blocks.safe_equal(left, right))
}
