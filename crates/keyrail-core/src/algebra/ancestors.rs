//! Whether something above a key ends it.

use super::Number;

/// Where one node of a chain stands, as seen from the key that calls.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// Whether the node is the calling key itself, which its own check judges.
    pub is_caller: bool,
    /// When the node ends, in milliseconds since the epoch; `None` is never.
    pub expires_at_ms: Option<Number>,
    /// Whether the node was switched off.
    pub disabled: bool,
}

/// Whether a node other than the caller has ended. A node ends at its expiry, not after it.
///
/// ```
/// use keyrail_core::algebra::{Number, Standing, expired_ancestor};
/// let root = Standing { is_caller: false, expires_at_ms: Number::new(1_000.0), disabled: false };
/// assert!(!expired_ancestor([root].into_iter(), 999.0));
/// assert!(expired_ancestor([root].into_iter(), 1_000.0));
/// assert!(!expired_ancestor([Standing { is_caller: true, ..root }].into_iter(), 1_000.0));
/// ```
pub fn expired_ancestor(mut chain: impl Iterator<Item = Standing>, now_ms: f64) -> bool {
    chain.any(|node| !node.is_caller && node.expires_at_ms.is_some_and(|end| end.get() <= now_ms))
}

/// Whether a node other than the caller is switched off.
///
/// ```
/// use keyrail_core::algebra::{Standing, disabled_ancestor};
/// let root = Standing { is_caller: false, expires_at_ms: None, disabled: true };
/// assert!(disabled_ancestor([root].into_iter()));
/// assert!(!disabled_ancestor([Standing { is_caller: true, ..root }].into_iter()));
/// ```
pub fn disabled_ancestor(mut chain: impl Iterator<Item = Standing>) -> bool {
    chain.any(|node| !node.is_caller && node.disabled)
}
