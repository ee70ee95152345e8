//! Caps over a chain, and clamping a child's grant.

use keyrail_core::algebra::{Caps, Grant, clamp_child_grant, effective_caps};

use crate::reader::Reader;
use crate::{Blocks, index};

impl Blocks<'_> {
    /// Reads nodes `[limit, share, expiry, n, n scope ids]`, root first, over `length` words;
    /// writes `[limit, share, expiry, scope ids]` and returns how many scopes there are.
    pub fn effective_caps(&mut self, length: usize) -> f64 {
        let words = self.words.get(..length).unwrap_or_default();
        let caps = effective_caps(Grants(Reader::new(words, &[])), self.scopes);
        self.answer(caps)
    }

    /// Reads two nodes, the parent and what is asked; answers like [`Self::effective_caps`].
    pub fn clamp_child_grant(&mut self, length: usize) -> f64 {
        let words = self.words.get(..length).unwrap_or_default();
        let mut reader = Reader::new(words, &[]);
        let (parent, requested) = (grant(&mut reader), grant(&mut reader));
        let caps = clamp_child_grant(parent, requested, self.scopes);
        self.answer(caps)
    }

    fn answer(&mut self, caps: Caps) -> f64 {
        let bounds = [caps.credit_limit, caps.rate_share_percent, caps.expires_at_ms];
        let bounds = bounds.into_iter().map(|bound| bound.map_or(f64::NAN, |number| number.get()));
        // Never more than was read: the answer holds one node, the question at least one.
        for (word, value) in self.words.iter_mut().zip(bounds.chain(self.scopes.iter().copied())) {
            *word = value;
        }
        index(self.scopes.len())
    }
}

struct Grants<'a>(Reader<'a>);

impl<'a> Iterator for Grants<'a> {
    type Item = Grant<'a, f64>;

    fn next(&mut self) -> Option<Self::Item> {
        (!self.0.is_empty()).then(|| grant(&mut self.0))
    }
}

fn grant<'a>(reader: &mut Reader<'a>) -> Grant<'a, f64> {
    let caps =
        Caps { credit_limit: reader.number(), rate_share_percent: reader.number(), expires_at_ms: reader.number() };
    let scopes = reader.count();
    Grant { scopes: reader.words(scopes), caps }
}
