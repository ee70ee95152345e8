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

#[cfg(test)]
mod tests {
    use super::*;

    const SCOPES: [&[u8]; 6] = [&[], &[1], &[2], &[1, 2], &[2, 1, 2], &[3, 1]];
    const BOUNDS: [Option<f64>; 5] = [None, Some(-1.0), Some(0.0), Some(1e-300), Some(1e308)];

    /// Every grant of a small world.
    fn grants() -> Vec<Grant<'static, u8>> {
        let number = |bound: Option<f64>| bound.and_then(Number::new);
        let mut grants = Vec::new();
        for scopes in SCOPES {
            for limit in BOUNDS {
                for expiry in BOUNDS {
                    let caps = Caps {
                        credit_limit: number(limit),
                        rate_share_percent: number(expiry),
                        expires_at_ms: number(expiry),
                    };
                    grants.push(Grant { scopes, caps });
                }
            }
        }
        grants
    }

    fn exceeds(child: Option<Number>, ancestor: Option<Number>) -> bool {
        ancestor.is_some_and(|ancestor| child.is_none_or(|child| child > ancestor))
    }

    fn assert_within(caps: Caps, scopes: &[u8], node: &Grant<'_, u8>) {
        assert!(scopes.iter().all(|scope| node.scopes.contains(scope)), "{scopes:?} in {node:?}");
        assert!(!exceeds(caps.credit_limit, node.caps.credit_limit), "{caps:?} in {node:?}");
        assert!(!exceeds(caps.rate_share_percent, node.caps.rate_share_percent), "{caps:?} in {node:?}");
        assert!(!exceeds(caps.expires_at_ms, node.caps.expires_at_ms), "{caps:?} in {node:?}");
    }

    #[test]
    fn no_chain_of_three_exceeds_any_of_its_nodes() {
        let grants = grants();
        let mut scopes = Vec::new();
        for root in &grants {
            for middle in grants.iter().step_by(7) {
                for leaf in grants.iter().step_by(11) {
                    let chain = [*root, *middle, *leaf];
                    let caps = effective_caps(chain.into_iter(), &mut scopes);
                    for node in &chain {
                        assert_within(caps, &scopes, node);
                    }
                    assert!(chain.iter().any(|node| node.caps.credit_limit == caps.credit_limit));
                }
            }
        }
    }

    #[test]
    fn no_grant_exceeds_parent_or_request() {
        let grants = grants();
        let mut scopes = Vec::new();
        for parent in &grants {
            for requested in &grants {
                let caps = clamp_child_grant(*parent, *requested, &mut scopes);
                assert_within(caps, &scopes, parent);
                assert_within(caps, &scopes, requested);
            }
        }
    }

    #[test]
    fn zero_keeps_its_sign() {
        let minus_zero =
            Grant { scopes: &[] as &[u8], caps: Caps { credit_limit: Number::new(-0.0), ..Caps::default() } };
        let caps = effective_caps([minus_zero].into_iter(), &mut Vec::new());
        assert!(caps.credit_limit.is_some_and(|limit| limit.get().is_sign_negative()));
    }
}
