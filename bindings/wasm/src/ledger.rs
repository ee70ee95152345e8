//! The resident ledger: JavaScript writes numbers into its input and reads them from its output.

use keyrail_core::ledger::{Port, PortError};
use wasm_bindgen::prelude::wasm_bindgen;

/// A resident ledger. `keyrail_core::ledger::Port` says what its numbers mean.
#[wasm_bindgen]
pub struct LedgerPort(Port);

#[wasm_bindgen]
impl LedgerPort {
    /// A ledger without rows.
    #[wasm_bindgen(constructor)]
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Self(Port::new(0))
    }

    /// Makes room for so many numbers of input.
    pub fn room(&mut self, numbers: usize) {
        self.0.reserve(numbers);
    }

    /// Where the input begins in memory, in numbers.
    #[wasm_bindgen(js_name = inputAt)]
    pub fn input_at(&mut self) -> i32 {
        place(self.0.input_mut())
    }

    /// Carries out the operation in the first `length` numbers. Gives where the output begins in
    /// memory, in numbers, or −1 for an input that cannot be read and −2 for a row that cannot be
    /// loaded.
    pub fn call(&mut self, length: usize) -> i32 {
        match self.0.call(length) {
            Ok(()) => place(self.0.output()),
            Err(PortError::Malformed) => -1,
            Err(PortError::Load(_)) => -2,
        }
    }
}

/// A place in memory counted in numbers: an eighth of its address, so it is never negative.
fn place(numbers: &[f64]) -> i32 {
    (numbers.as_ptr() as usize / size_of::<f64>()) as i32
}
