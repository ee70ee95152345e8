//! What a chain grants: scopes intersected, the soonest expiry.

use super::chain::Chain;
use super::row::{ADMIN_SCOPE, ScopeId};
use super::{Ledger, Missing};

/// What `own` grants below a parent that has `above`. No scopes at all (`None`), or `admin`, grant
/// everything; the order and the repeats of the narrower side are kept.
pub(super) fn narrow(above: Option<&[ScopeId]>, own: Option<&[ScopeId]>) -> Option<Vec<ScopeId>> {
    match (above, own) {
        (None, own) => own.map(<[ScopeId]>::to_vec),
        (Some(above), Some(own)) if above.contains(&ADMIN_SCOPE) => Some(own.to_vec()),
        (Some(above), None) => Some(above.to_vec()),
        (Some(above), Some(own)) if own.contains(&ADMIN_SCOPE) => Some(above.to_vec()),
        (Some(above), Some(own)) => Some(own.iter().filter(|scope| above.contains(scope)).copied().collect()),
    }
}

impl Ledger {
    /// The scopes that a node has over its chain; `None` is all.
    pub(super) fn effective_scopes(&self, chain: &Chain) -> Result<Option<Vec<ScopeId>>, Missing> {
        let mut scopes: Option<Vec<ScopeId>> = None;
        for &handle in chain.handles() {
            scopes = narrow(scopes.as_deref(), self.node(handle)?.row.grant.scopes.as_deref());
        }
        Ok(scopes)
    }

    /// The soonest expiry of the chain, in ms.
    pub(super) fn effective_expiry(&self, chain: &Chain) -> Result<Option<i64>, Missing> {
        let mut soonest: Option<i64> = None;
        for &handle in chain.handles() {
            let own = self.node(handle)?.row.grant.expires_at_ms;
            soonest = soonest.into_iter().chain(own).min();
        }
        Ok(soonest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_narrow_from_level_to_level() {
        let ids = |numbers: &[u32]| numbers.iter().map(|number| ScopeId(*number)).collect::<Vec<_>>();
        type Scopes = Option<&'static [u32]>;
        let table: [(Scopes, Scopes, Scopes); 8] = [
            (None, None, None),
            (None, Some(&[1, 1]), Some(&[1, 1])),
            (Some(&[1, 2]), None, Some(&[1, 2])),
            (Some(&[1, 2]), Some(&[3, 2, 2]), Some(&[2, 2])),
            (Some(&[0]), Some(&[3]), Some(&[3])),
            (Some(&[0, 4]), None, Some(&[0, 4])),
            (Some(&[1]), Some(&[0]), Some(&[1])),
            (Some(&[]), Some(&[1]), Some(&[])),
        ];
        for (above, own, expected) in table {
            let (above, own) = (above.map(ids), own.map(ids));
            assert_eq!(narrow(above.as_deref(), own.as_deref()), expected.map(ids), "{above:?} {own:?}");
        }
    }
}
