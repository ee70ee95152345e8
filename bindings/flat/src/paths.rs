//! Paths, and SQL patterns of them.

use keyrail_core::algebra::{
    ancestor_ends, child_slash, end_at, escape_like, in_subtree, path_depth, subtree_like_pattern,
};

use crate::{Blocks, flag, index};

impl Blocks<'_> {
    /// Reads a path of `path` units, then a candidate of `candidate` units.
    pub fn in_subtree(&self, path: usize, candidate: usize) -> f64 {
        let (path, rest) = self.text.split_at(path.min(self.text.len()));
        flag(in_subtree(path, rest.get(..candidate).unwrap_or_default()))
    }

    /// Reads a path.
    pub fn path_depth(&self, length: usize) -> f64 {
        index(path_depth(self.units(length)))
    }

    /// Reads a path; returns where the path at a level ends.
    pub fn path_end_at(&self, length: usize, level: f64) -> f64 {
        index(end_at(self.units(length), level))
    }

    /// Reads a path; writes the start and the end of each ancestor's id, as many as fit, and
    /// returns how many ancestors there are.
    pub fn ancestor_ends(&mut self, length: usize) -> f64 {
        let text = self.text.get(..length).unwrap_or_default();
        let mut count = 0_usize;
        for ((start, end), words) in ancestor_ends(text).zip(self.words.chunks_exact_mut(2)) {
            if let [first, second] = words {
                (*first, *second) = (index(start), index(end));
                count += 1;
            }
        }
        index(count)
    }

    /// Reads a text; writes the escaped text behind it and returns its length.
    pub fn escape_like(&mut self, length: usize) -> f64 {
        let (read, free) = self.text.split_at_mut(length.min(self.text.len()));
        write(free, escape_like(read))
    }

    /// Reads a path; writes the pattern behind it and returns its length.
    pub fn subtree_like_pattern(&mut self, length: usize) -> f64 {
        let (read, free) = self.text.split_at_mut(length.min(self.text.len()));
        write(free, subtree_like_pattern(read))
    }

    fn units(&self, length: usize) -> &[u16] {
        self.text.get(..length).unwrap_or_default()
    }
}

/// Whether a slash stands between a parent's path of so many units and a child's id.
pub fn child_has_slash(parent: usize) -> f64 {
    flag(child_slash(parent))
}

/// Writes what fits, which is all when the caller made room for it; returns how much it wrote.
pub(crate) fn write(free: &mut [u16], units: impl Iterator<Item = u16>) -> f64 {
    let mut written = 0_usize;
    for (place, unit) in free.iter_mut().zip(units) {
        *place = unit;
        written += 1;
    }
    index(written)
}
