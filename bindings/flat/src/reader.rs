//! Reading numbers and texts from the front of the blocks.

use keyrail_core::algebra::Number;

/// Takes numbers and texts off the front, one after another.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    words: &'a [f64],
    text: &'a [u16],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(words: &'a [f64], text: &'a [u16]) -> Self {
        Self { words, text }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    pub(crate) fn word(&mut self) -> f64 {
        match self.words.split_first() {
            Some((word, rest)) => {
                self.words = rest;
                *word
            }
            None => 0.0,
        }
    }

    /// A number; `None` for the NaN that stands for an absent one.
    pub(crate) fn number(&mut self) -> Option<Number> {
        Number::new(self.word())
    }

    pub(crate) fn count(&mut self) -> usize {
        // The conversion saturates and turns NaN into 0.
        self.word() as usize
    }

    pub(crate) fn flag(&mut self) -> bool {
        self.word() == 1.0
    }

    pub(crate) fn words(&mut self, count: usize) -> &'a [f64] {
        let (taken, rest) = self.words.split_at(count.min(self.words.len()));
        self.words = rest;
        taken
    }

    /// The next text, whose length is the next word.
    pub(crate) fn text(&mut self) -> &'a [u16] {
        let length = self.count();
        self.units(length)
    }

    pub(crate) fn units(&mut self, length: usize) -> &'a [u16] {
        let (taken, rest) = self.text.split_at(length.min(self.text.len()));
        self.text = rest;
        taken
    }
}
