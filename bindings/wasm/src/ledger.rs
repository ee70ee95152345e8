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

    /// Where the input begins in memory, in bytes.
    #[wasm_bindgen(js_name = inputAt)]
    pub fn input_at(&mut self) -> usize {
        self.0.input_mut().as_ptr() as usize
    }

    /// Where the output of the last call begins in memory, in bytes.
    #[wasm_bindgen(js_name = outputAt)]
    pub fn output_at(&self) -> usize {
        self.0.output().as_ptr() as usize
    }

    /// Carries out the operation in the first `length` numbers; the length of the output, or −1 for
    /// an input that cannot be read and −2 for a row that cannot be loaded.
    pub fn call(&mut self, length: usize) -> f64 {
        match self.0.call(length) {
            Ok(()) => self.0.output().len() as f64,
            Err(PortError::Malformed) => -1.0,
            Err(PortError::Load(_)) => -2.0,
        }
    }
}
