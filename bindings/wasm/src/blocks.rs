//! The blocks that JavaScript writes questions into and reads answers from, through views.

use std::cell::RefCell;

use keyrail_flat::Blocks;
use wasm_bindgen::prelude::wasm_bindgen;

#[derive(Default)]
struct Memory {
    words: Vec<f64>,
    text: Vec<u16>,
    scopes: Vec<f64>,
}

thread_local! {
    static MEMORY: RefCell<Memory> = const {
        RefCell::new(Memory { words: Vec::new(), text: Vec::new(), scopes: Vec::new() })
    };
}

/// Makes the block of doubles at least so long and returns where it lies, or null if there is no
/// memory for it. Views made before are void.
#[wasm_bindgen(js_name = wordsAt)]
pub fn words_at(length: usize) -> *mut f64 {
    MEMORY.with_borrow_mut(|memory| grow(&mut memory.words, length))
}

/// Makes the block of code units at least so long and returns where it lies, or null if there is no
/// memory for it. Views made before are void.
#[wasm_bindgen(js_name = textAt)]
pub fn text_at(length: usize) -> *mut u16 {
    MEMORY.with_borrow_mut(|memory| grow(&mut memory.text, length))
}

/// Asks for memory instead of taking it: a trap would leave the instance unusable.
fn grow<T: Copy + Default>(block: &mut Vec<T>, length: usize) -> *mut T {
    let missing = length.saturating_sub(block.len());
    if block.try_reserve_exact(missing).is_err() {
        return core::ptr::null_mut();
    }
    block.resize(length.max(block.len()), T::default());
    block.as_mut_ptr()
}

/// Answers from the blocks.
pub(crate) fn with<T>(answer: impl FnOnce(&mut Blocks<'_>) -> T) -> T {
    MEMORY.with_borrow_mut(|memory| {
        let Memory { words, text, scopes } = memory;
        answer(&mut Blocks { words, text, scopes })
    })
}
