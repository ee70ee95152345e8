//! Which cap binds.

use keyrail_core::algebra::{CappedPath, SpendRow, pooled_headroom, top_capped_path};

use crate::reader::Reader;
use crate::{Blocks, NONE, index};

impl Blocks<'_> {
    /// Reads `[n, n nodes [path length, limit], rows [path length, spent]]` over `length` words
    /// and the paths in that order; returns the index of the node with the least remaining, and
    /// writes `[spent, remaining]`.
    pub fn pooled_headroom(&mut self, length: usize) -> f64 {
        let mut reader = Reader::new(self.words.get(..length).unwrap_or_default(), self.text);
        let nodes = reader.count();
        let chain: Vec<_> = (0..nodes.min(length)).map(|_| capped_path(&mut reader)).collect();
        let rows = std::iter::from_fn(|| {
            (!reader.is_empty()).then(|| {
                let path = reader.text();
                reader.number().map(|spent| SpendRow { path, spent })
            })
        });
        let Some(least) = pooled_headroom(&chain, rows.flatten()) else { return NONE };
        for (word, value) in self.words.iter_mut().zip([least.spent, least.remaining]) {
            *word = value;
        }
        index(least.index)
    }

    /// Reads nodes `[path length, limit]` over `length` words and the paths in that order;
    /// returns the index of the capped node nearest to the root.
    pub fn top_capped_path(&self, length: usize) -> f64 {
        let mut reader = Reader::new(self.words.get(..length).unwrap_or_default(), self.text);
        let chain: Vec<_> = std::iter::from_fn(|| (!reader.is_empty()).then(|| capped_path(&mut reader))).collect();
        top_capped_path(&chain).map_or(NONE, index)
    }
}

fn capped_path<'a>(reader: &mut Reader<'a>) -> CappedPath<'a, u16> {
    let path = reader.text();
    CappedPath { path, credit_limit: reader.number() }
}
