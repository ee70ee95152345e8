//! Whether something above a key ends it.

use keyrail_core::algebra::{Standing, disabled_ancestor, expired_ancestor};

use crate::reader::Reader;
use crate::{Blocks, flag};

impl Blocks<'_> {
    /// Reads nodes `[is caller, expiry, is disabled]` over `length` words.
    pub fn expired_ancestor(&self, length: usize, now_ms: f64) -> f64 {
        flag(expired_ancestor(self.standings(length), now_ms))
    }

    /// Reads nodes `[is caller, expiry, is disabled]` over `length` words.
    pub fn disabled_ancestor(&self, length: usize) -> f64 {
        flag(disabled_ancestor(self.standings(length)))
    }

    fn standings(&self, length: usize) -> impl Iterator<Item = Standing> {
        let mut reader = Reader::new(self.words.get(..length).unwrap_or_default(), &[]);
        std::iter::from_fn(move || {
            (!reader.is_empty()).then(|| Standing {
                is_caller: reader.flag(),
                expires_at_ms: reader.number(),
                disabled: reader.flag(),
            })
        })
    }
}
