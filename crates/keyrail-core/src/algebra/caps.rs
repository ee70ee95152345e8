//! Caps over a chain, and a child's grant under its parent's.

use super::Number;

/// The bounds of one key; `None` is unbounded.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Caps {
    /// What may be spent, in the caller's unit of credit.
    pub credit_limit: Option<Number>,
    /// The share of the rate limit, in per cent.
    pub rate_share_percent: Option<Number>,
    /// When the key ends, in milliseconds since the epoch.
    pub expires_at_ms: Option<Number>,
}

impl Caps {
    /// For each bound the tighter of two.
    #[must_use]
    pub fn tighter(self, other: Self) -> Self {
        Self {
            credit_limit: Number::tighter(self.credit_limit, other.credit_limit),
            rate_share_percent: Number::tighter(self.rate_share_percent, other.rate_share_percent),
            expires_at_ms: Number::tighter(self.expires_at_ms, other.expires_at_ms),
        }
    }
}

/// What one node grants by itself: scopes and bounds.
#[derive(Clone, Copy, Debug)]
pub struct Grant<'a, S> {
    /// The scopes, in the order in which they were granted; duplicates stay.
    pub scopes: &'a [S],
    /// The bounds.
    pub caps: Caps,
}

/// What a key may do: the scopes that every node of its chain holds, and the tightest bounds.
///
/// The scopes are written to `scopes`, in the order and number of the first node. An empty chain
/// yields no scopes and no bounds; whoever decides on one must deny.
///
/// ```
/// use keyrail_core::algebra::{Caps, Grant, Number, effective_caps};
/// let capped = |limit| Caps { credit_limit: Number::new(limit), ..Caps::default() };
/// let chain = [
///     Grant { scopes: &["read", "write"], caps: capped(100.0) },
///     Grant { scopes: &["write", "admin"], caps: capped(500.0) },
/// ];
/// let mut scopes = Vec::new();
/// assert_eq!(effective_caps(chain.into_iter(), &mut scopes), capped(100.0));
/// assert_eq!(scopes, ["write"]);
/// ```
pub fn effective_caps<'a, S: PartialEq + Clone + 'a>(
    mut chain: impl Iterator<Item = Grant<'a, S>>,
    scopes: &mut Vec<S>,
) -> Caps {
    scopes.clear();
    let Some(root) = chain.next() else { return Caps::default() };
    scopes.extend_from_slice(root.scopes);
    chain.fold(root.caps, |caps, node| {
        scopes.retain(|scope| node.scopes.contains(scope));
        caps.tighter(node.caps)
    })
}

/// What a child gets when it asks a parent: the asked scopes that the parent holds, and for each
/// bound the tighter of the two, so that a bound left out is the parent's.
///
/// The scopes are written to `scopes`, in the order and number in which they were asked.
///
/// ```
/// use keyrail_core::algebra::{Caps, Grant, Number, clamp_child_grant};
/// let capped = |limit| Caps { credit_limit: Number::new(limit), ..Caps::default() };
/// let parent = Grant { scopes: &["a", "b"], caps: capped(40.0) };
/// let asked = Grant { scopes: &["b", "z"], caps: capped(100.0) };
/// let mut scopes = Vec::new();
/// assert_eq!(clamp_child_grant(parent, asked, &mut scopes), capped(40.0));
/// assert_eq!(scopes, ["b"]);
/// ```
pub fn clamp_child_grant<S: PartialEq + Clone>(
    parent: Grant<'_, S>,
    requested: Grant<'_, S>,
    scopes: &mut Vec<S>,
) -> Caps {
    effective_caps([requested, parent].into_iter(), scopes)
}
