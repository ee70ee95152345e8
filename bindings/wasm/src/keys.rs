//! Secrets.

use wasm_bindgen::prelude::wasm_bindgen;

/// SHA-256 hex of a secret.
#[wasm_bindgen(js_name = hashKey)]
pub fn hash_key(secret: &str) -> String {
    keyrail_core::keys::hash_key(secret)
}
