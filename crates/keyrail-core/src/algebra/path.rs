//! Paths: the ids from the root to a node, joined by `/`.
//!
//! A path is taken as it is: an id that is empty or holds a `/` is refused where a key is made,
//! not here.

/// The most levels that a key may lie below its root.
pub const MAX_KEY_DEPTH: usize = 8;

/// A code unit: a byte of UTF-8 or a unit of UTF-16. ASCII has the same value in both.
pub trait Unit: Copy + Eq + From<u8> + TryInto<u8> {
    /// The ASCII character that the unit is, if it is one.
    fn ascii(self) -> Option<u8> {
        self.try_into().ok().filter(u8::is_ascii)
    }
}
impl Unit for u8 {}
impl Unit for u16 {}

fn is_slash<U: Unit>(unit: &U) -> bool {
    *unit == U::from(b'/')
}

/// How many levels a path lies below its root.
///
/// ```
/// use keyrail_core::algebra::path_depth;
/// assert_eq!(path_depth(b"root"), 0);
/// assert_eq!(path_depth(b"root/team/agent"), 2);
/// ```
pub fn path_depth<U: Unit>(path: &[U]) -> usize {
    path.iter().filter(|unit| is_slash(*unit)).count()
}

/// Whether `candidate` is `path` itself or lies below it.
///
/// ```
/// use keyrail_core::algebra::in_subtree;
/// assert!(in_subtree(b"root", b"root"));
/// assert!(in_subtree(b"root", b"root/a"));
/// assert!(!in_subtree(b"root", b"root2"));
/// assert!(!in_subtree(b"root", b"ROOT/a"));
/// ```
pub fn in_subtree<U: Unit>(path: &[U], candidate: &[U]) -> bool {
    candidate.strip_prefix(path).is_some_and(|below| below.first().is_none_or(is_slash))
}

/// The path of a child: its id alone when it has no parent, else both joined.
///
/// ```
/// use keyrail_core::algebra::child_path;
/// assert!(child_path(b"root", b"a").eq(*b"root/a"));
/// assert!(child_path(b"", b"a").eq(*b"a"));
/// ```
pub fn child_path<'a, U: Unit>(parent: &'a [U], id: &'a [U]) -> impl Iterator<Item = U> + 'a {
    let slash = child_slash(parent.len()).then(|| U::from(b'/'));
    parent.iter().copied().chain(slash).chain(id.iter().copied())
}

/// Whether a slash stands between a parent's path of this length and a child's id: a host that holds
/// both texts can join them itself.
///
/// ```
/// use keyrail_core::algebra::child_slash;
/// assert!(child_slash(4));
/// assert!(!child_slash(0));
/// ```
pub const fn child_slash(parent_length: usize) -> bool {
    parent_length > 0
}

/// Where each segment but the last begins and ends: the ids of the ancestors, root first.
///
/// ```
/// use keyrail_core::algebra::ancestor_ends;
/// assert!(ancestor_ends(b"root/team/agent").eq([(0, 4), (5, 9)]));
/// assert_eq!(ancestor_ends(b"root").next(), None);
/// ```
pub fn ancestor_ends<U: Unit>(path: &[U]) -> impl Iterator<Item = (usize, usize)> + '_ {
    let mut start = 0;
    slashes(path).map(move |end| {
        let segment = (start, end);
        start = end.saturating_add(1);
        segment
    })
}

fn slashes<U: Unit>(path: &[U]) -> impl Iterator<Item = usize> + '_ {
    path.iter().enumerate().filter(|(_, unit)| is_slash(*unit)).map(|(index, _)| index)
}

/// Where the path of the ancestor at level `level` ends, 0 being the root; beyond the last level
/// the whole path. Below zero levels count from the end, −2 being the parent; −1 is nothing.
///
/// A fraction of a level is cut off, and NaN is level −1: what the original answered.
///
/// ```
/// use keyrail_core::algebra::end_at;
/// assert_eq!(end_at(b"root/team/agent", 1.0), 9);
/// assert_eq!(end_at(b"root/team/agent", -2.0), 9);
/// assert_eq!(end_at(b"root/team/agent", -1.0), 0);
/// assert_eq!(end_at(b"root", 5.0), 4);
/// ```
pub fn end_at<U: Unit>(path: &[U], level: f64) -> usize {
    let segments = path_depth(path).saturating_add(1);
    // The conversion saturates and turns NaN into 0.
    let wanted = (level + 1.0) as i64;
    let kept = if wanted < 0 {
        segments.saturating_sub(usize::try_from(wanted.unsigned_abs()).unwrap_or(usize::MAX))
    } else {
        usize::try_from(wanted).unwrap_or(usize::MAX)
    };
    match kept.checked_sub(1) {
        None => 0,
        Some(last) => slashes(path).nth(last).unwrap_or(path.len()),
    }
}

/// The text as a literal inside a SQL `LIKE` pattern with `\` as its escape character.
///
/// ```
/// use keyrail_core::algebra::escape_like;
/// assert!(escape_like(br"50%_\").eq(*br"50\%\_\\"));
/// ```
pub fn escape_like<U: Unit>(text: &[U]) -> impl Iterator<Item = U> + '_ {
    let special = |unit: U| [b'%', b'_', b'\\'].iter().any(|byte| unit == U::from(*byte));
    text.iter().flat_map(move |unit| special(*unit).then(|| U::from(b'\\')).into_iter().chain([*unit]))
}

/// The `LIKE` pattern of everything below a path, without the path itself.
///
/// ```
/// use keyrail_core::algebra::subtree_like_pattern;
/// assert!(subtree_like_pattern(b"a_b").eq(*br"a\_b/%"));
/// ```
pub fn subtree_like_pattern<U: Unit>(path: &[U]) -> impl Iterator<Item = U> + '_ {
    escape_like(path).chain([U::from(b'/'), U::from(b'%')])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every path of up to three of these, joined.
    fn paths() -> Vec<String> {
        let ids = ["", "a", "b", "aa", "A", "é"];
        let mut paths = Vec::new();
        for first in ids {
            paths.push(first.to_owned());
            for second in ids {
                paths.push(format!("{first}/{second}"));
                paths.extend(ids.iter().map(|third| format!("{first}/{second}/{third}")));
            }
        }
        paths
    }

    #[test]
    fn bytes_and_utf16_agree() {
        for path in paths() {
            let utf16: Vec<u16> = path.encode_utf16().collect();
            assert_eq!(path_depth(path.as_bytes()), path_depth(&utf16));
            assert_eq!(ancestor_ends(path.as_bytes()).count(), ancestor_ends(&utf16).count());
            for candidate in paths().iter().step_by(5) {
                let candidate16: Vec<u16> = candidate.encode_utf16().collect();
                assert_eq!(in_subtree(path.as_bytes(), candidate.as_bytes()), in_subtree(&utf16, &candidate16));
            }
        }
    }

    #[test]
    fn a_child_lies_below_its_parent() {
        for parent in paths().iter().filter(|parent| !parent.is_empty()) {
            let child: Vec<u8> = child_path(parent.as_bytes(), b"x").collect();
            assert!(in_subtree(parent.as_bytes(), &child));
            assert!(!in_subtree(&child, parent.as_bytes()));
            assert_eq!(path_depth(&child), path_depth(parent.as_bytes()) + 1);
            assert_eq!(end_at(&child, -2.0), parent.len());
        }
    }

    #[test]
    fn levels_beyond_the_path_do_not_panic() {
        for level in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN, -0.5, 0.5, 1e18, -1e19] {
            for path in ["", "/", "a/b/c"] {
                assert!(end_at(path.as_bytes(), level) <= path.len());
            }
        }
    }
}
