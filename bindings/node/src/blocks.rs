//! The blocks that JavaScript writes questions into and reads answers from.

use keyrail_flat::Blocks;
use napi::bindgen_prelude::{Float64Array, Uint16Array};
use napi_derive::napi;

/// Two typed arrays that JavaScript made and this object keeps.
#[napi]
pub struct FlatBlocks {
    words: Float64Array,
    text: Uint16Array,
    scopes: Vec<f64>,
}

#[napi]
impl FlatBlocks {
    /// Takes the arrays over; their memory must stay theirs, so never transfer their buffers.
    #[napi(constructor)]
    pub fn new(words: Float64Array, text: Uint16Array) -> Self {
        Self { words, text, scopes: Vec::new() }
    }

    /// Answers from the blocks.
    pub(crate) fn with<T>(&mut self, answer: impl FnOnce(&mut Blocks<'_>) -> T) -> T {
        // SAFETY: JavaScript runs on this thread, so it does not touch the arrays during the call;
        // the two arrays have buffers of their own.
        let (words, text) = unsafe { (self.words.as_mut(), self.text.as_mut()) };
        answer(&mut Blocks { words, text, scopes: &mut self.scopes })
    }
}
