//! Whether a key holds a scope, and whether scopes are known.

/// The scope that grants every other.
pub const ADMIN: &str = "admin";

/// Whether scopes grant one: no list grants all, and so does `admin`, given here in the form in
/// which the scopes are compared.
///
/// ```
/// use keyrail_core::algebra::has_scope;
/// assert!(has_scope(None::<[&str; 0]>, "read", "admin"));
/// assert!(has_scope(Some(["admin"]), "read", "admin"));
/// assert!(!has_scope(Some(["write"]), "read", "admin"));
/// ```
pub fn has_scope<S: PartialEq>(held: Option<impl IntoIterator<Item = S>>, wanted: S, admin: S) -> bool {
    held.is_none_or(|held| held.into_iter().any(|scope| scope == wanted || scope == admin))
}

/// The indices of the scopes that are not among the known ones; without a list all are known.
///
/// ```
/// use keyrail_core::algebra::invalid_scopes;
/// assert!(invalid_scopes(Some(&["read"]), ["read", "fly", "fly"]).eq([1, 2]));
/// assert_eq!(invalid_scopes(None, ["fly"]).next(), None);
/// ```
pub fn invalid_scopes<S: PartialEq>(
    known: Option<&[S]>,
    scopes: impl IntoIterator<Item = S>,
) -> impl Iterator<Item = usize> {
    let unknown = move |scope: &S| known.is_some_and(|known| !known.contains(scope));
    scopes.into_iter().enumerate().filter(move |(_, scope)| unknown(scope)).map(|(index, _)| index)
}
