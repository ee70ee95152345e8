//! Scopes as pairs of a resource and an action, the form in which an outside system keeps them.

use super::Unit;

/// The scope of one permission: `resource:action`.
///
/// ```
/// use keyrail_core::algebra::scope_of_permission;
/// assert!(scope_of_permission(b"files", b"read").eq(*b"files:read"));
/// ```
pub fn scope_of_permission<'a, U: Unit>(resource: &'a [U], action: &'a [U]) -> impl Iterator<Item = U> + 'a {
    resource.iter().copied().chain([U::from(b':')]).chain(action.iter().copied())
}

/// The permission of one scope: its first two parts between colons; `None` if either is empty.
///
/// ```
/// use keyrail_core::algebra::permission;
/// assert_eq!(permission(b"files:read"), Some((&b"files"[..], &b"read"[..])));
/// assert_eq!(permission(b"files:read:all"), Some((&b"files"[..], &b"read"[..])));
/// assert_eq!(permission(b"files"), None);
/// ```
pub fn permission<U: Unit>(scope: &[U]) -> Option<(&[U], &[U])> {
    let mut parts = scope.split(|unit| *unit == U::from(b':'));
    let (resource, action) = (parts.next()?, parts.next()?);
    (!resource.is_empty() && !action.is_empty()).then_some((resource, action))
}
