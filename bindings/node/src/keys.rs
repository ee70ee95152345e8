//! Secrets.

use napi_derive::napi;

/// SHA-256 hex of a secret.
#[napi]
pub fn hash_key(secret: String) -> String {
    keyrail_core::keys::hash_key(&secret)
}
