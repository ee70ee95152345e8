//! The resident ledger: JavaScript passes numbers in and gets numbers out.

use keyrail_core::ledger::{Port, PortError};
use napi::bindgen_prelude::Float64Array;
use napi_derive::napi;

/// A resident ledger. `keyrail_core::ledger::Port` says what its numbers mean.
#[napi]
pub struct LedgerPort(Port);

#[napi]
impl LedgerPort {
    /// A ledger without rows.
    #[napi(constructor)]
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Self(Port::new(0))
    }

    /// Carries out the operation in the first `length` numbers of `numbers`, and writes the output
    /// over them as far as it fits. The length of the output, or −1 for an input that cannot be
    /// read and −2 for a row that cannot be loaded. A panic becomes an error of JavaScript.
    #[napi(catch_unwind)]
    pub fn call(&mut self, mut numbers: Float64Array, length: u32) -> f64 {
        let length = length as usize;
        let Some(input) = numbers.get(..length) else { return -1.0 };
        self.0.reserve(length);
        self.0.input_mut()[..length].copy_from_slice(input);
        match self.0.call(length) {
            Ok(()) => {
                // SAFETY: JavaScript is waiting for this call, so nothing else touches its array.
                let place = unsafe { numbers.as_mut() };
                let output = self.0.output();
                let fits = output.len().min(place.len());
                place[..fits].copy_from_slice(&output[..fits]);
                output.len() as f64
            }
            Err(PortError::Malformed) => -1.0,
            Err(PortError::Load(_)) => -2.0,
        }
    }

    /// The output of the last call, where it did not fit.
    #[napi]
    pub fn output(&self) -> Float64Array {
        Float64Array::new(self.0.output().to_vec())
    }
}
