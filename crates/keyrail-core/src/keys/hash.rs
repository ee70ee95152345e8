//! SHA-256 of a secret, and comparing without a timing signal.

use super::hex;
use crate::algebra::Unit;
use sha2::{Digest as _, Sha256};

/// The hash of a secret: SHA-256 of its UTF-8 bytes as 64 lowercase hex digits.
///
/// ```
/// use keyrail_core::keys::hash_key;
/// assert_eq!(
///     hash_key("abc"),
///     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
/// );
/// ```
pub fn hash_key(secret: &str) -> String {
    hex::encode(&Sha256::digest(secret.as_bytes()))
}

/// Whether two texts are equal, in a time that depends on their lengths only.
///
/// The lengths themselves are not hidden: of a hash they are public.
///
/// ```
/// use keyrail_core::keys::safe_equal;
/// assert!(safe_equal(b"a1", b"a1"));
/// assert!(!safe_equal(b"a1", b"a2"));
/// assert!(!safe_equal(b"a1", b"a1 "));
/// ```
pub fn safe_equal<U: Unit>(left: &[U], right: &[U]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    // The box keeps the compiler from leaving the loop at the first difference.
    left.iter().zip(right).fold(true, |equal, (left, right)| core::hint::black_box(equal & (left == right)))
}
