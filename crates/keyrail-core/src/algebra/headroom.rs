//! Which cap of a chain binds, given what its subtrees have spent.

use super::{ExactSum, Number, Unit, in_subtree, path_depth};

/// A node of a chain with its cap; `None` is uncapped.
#[derive(Clone, Copy, Debug)]
pub struct CappedPath<'a, U> {
    /// The node's path.
    pub path: &'a [U],
    /// What its subtree may spend.
    pub credit_limit: Option<Number>,
}

/// What was spent at one path.
#[derive(Clone, Copy, Debug)]
pub struct SpendRow<'a, U> {
    /// Where.
    pub path: &'a [U],
    /// How much; negative is given back.
    pub spent: Number,
}

/// The node with the least remaining.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Headroom {
    /// Its index in the chain.
    pub index: usize,
    /// Its cap.
    pub limit: f64,
    /// What its subtree has spent: the double nearest to the exact sum.
    pub spent: f64,
    /// The double nearest to the exact difference of the two; may be negative.
    pub remaining: f64,
}

/// The capped node with the least remaining, the first of equals; `None` if no node has a cap.
///
/// One pass over the rows: each counts at every node whose subtree holds it.
///
/// ```
/// use keyrail_core::algebra::{CappedPath, Number, SpendRow, pooled_headroom};
/// let capped = |path, limit| CappedPath { path, credit_limit: Number::new(limit) };
/// let chain = [capped(&b"org"[..], 100.0), capped(&b"org/team"[..], 50.0)];
/// let rows = [(&b"org/team/a"[..], 0.1), (&b"org/team"[..], 0.2), (&b"org/other"[..], 80.0)];
/// let rows = rows.into_iter().filter_map(|(path, spent)| Some(SpendRow { path, spent: Number::new(spent)? }));
/// let least = pooled_headroom(&chain, rows).ok_or("uncapped")?;
/// assert_eq!((least.index, least.spent, least.remaining), (0, 80.3, 19.7));
/// # Ok::<(), &str>(())
/// ```
pub fn pooled_headroom<'a, U: Unit + 'a>(
    chain: &[CappedPath<'a, U>],
    rows: impl Iterator<Item = SpendRow<'a, U>>,
) -> Option<Headroom> {
    let mut pools = pools(chain);
    let deepest = deepest(chain);
    for row in rows {
        // One walk along the common path answers for every node that lies on it.
        let shared = shared_length(deepest, row.path);
        let spent = ExactSum::term(row.spent);
        for pool in pools.iter_mut().filter(|pool| pool.holds(row.path, shared)) {
            pool.spent.add(spent);
        }
    }
    let mut least: Option<Headroom> = None;
    for pool in pools {
        let headroom = pool.headroom();
        if least.is_none_or(|least| headroom.remaining < least.remaining) {
            least = Some(headroom);
        }
    }
    least
}

struct Pool<'a, U> {
    index: usize,
    path: &'a [U],
    limit: Number,
    /// Whether the path leads to the deepest one of the chain, which is the rule but not a law.
    on_the_way: bool,
    spent: ExactSum,
}

impl<U: Unit> Pool<'_, U> {
    fn holds(&self, path: &[U], shared_with_deepest: usize) -> bool {
        if !self.on_the_way {
            return in_subtree(self.path, path);
        }
        let end = self.path.len();
        shared_with_deepest >= end && path.get(end).is_none_or(|unit| *unit == U::from(b'/'))
    }

    fn headroom(self) -> Headroom {
        let spent = self.spent.to_double();
        let mut remaining = self.spent;
        remaining.negate();
        remaining.add(ExactSum::term(self.limit));
        Headroom { index: self.index, limit: self.limit.get(), spent, remaining: remaining.to_double() }
    }
}

fn pools<'a, U: Unit>(chain: &[CappedPath<'a, U>]) -> Vec<Pool<'a, U>> {
    let deepest = deepest(chain);
    let capped = chain.iter().enumerate().filter_map(|(index, node)| Some((index, node.path, node.credit_limit?)));
    capped
        .map(|(index, path, limit)| Pool {
            index,
            path,
            limit,
            on_the_way: deepest.starts_with(path),
            spent: ExactSum::default(),
        })
        .collect()
}

fn deepest<'a, U: Unit>(chain: &[CappedPath<'a, U>]) -> &'a [U] {
    let longer = |longest: &'a [U], node: &CappedPath<'a, U>| {
        if node.path.len() > longest.len() { node.path } else { longest }
    };
    chain.iter().filter(|node| node.credit_limit.is_some()).fold(&[][..], longer)
}

fn shared_length<U: Unit>(left: &[U], right: &[U]) -> usize {
    left.iter().zip(right).take_while(|(left, right)| left == right).count()
}

/// The index of the capped node nearest to the root by the number of its segments, the first of
/// equals; `None` if no node has a cap.
///
/// ```
/// use keyrail_core::algebra::{CappedPath, Number, top_capped_path};
/// let capped = |path| CappedPath { path, credit_limit: Number::new(1.0) };
/// let chain = [capped(&b"x/y"[..]), capped(&b"a-long-root"[..])];
/// assert_eq!(top_capped_path(&chain), Some(1));
/// ```
pub fn top_capped_path<U: Unit>(chain: &[CappedPath<'_, U>]) -> Option<usize> {
    let capped = chain.iter().enumerate().filter(|(_, node)| node.credit_limit.is_some());
    capped.min_by_key(|(_, node)| path_depth(node.path)).map(|(index, _)| index)
}
