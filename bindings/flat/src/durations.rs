//! Durations.

use keyrail_core::duration::{DurationError, Units, expiry_ms, milliseconds};

use crate::Blocks;

/// The answer for a text that is no duration.
const MALFORMED: f64 = -1.0;
/// The answer for a duration that leads beyond the last date.
const TOO_LONG: f64 = -2.0;

impl Blocks<'_> {
    /// Reads a hold's duration; returns its milliseconds, −1 if malformed, −2 if too long.
    pub fn hold_ms(&self, length: usize) -> f64 {
        let text = self.text.get(..length).unwrap_or_default();
        match milliseconds(text, Units::Hold) {
            Ok(duration_ms) => duration_ms as f64,
            Err(error) => code(error),
        }
    }

    /// Reads a key's lifetime; writes when it ends if it begins at `now_ms`, and returns 0, −1 if
    /// malformed, −2 if the end is beyond the last date.
    pub fn expiry_ms(&mut self, length: usize, now_ms: f64) -> f64 {
        let text = self.text.get(..length).unwrap_or_default();
        match (expiry_ms(now_ms as i64, text), self.words.first_mut()) {
            (Ok(expiry_ms), Some(word)) => {
                *word = expiry_ms as f64;
                0.0
            }
            (Ok(_), None) => MALFORMED,
            (Err(error), _) => code(error),
        }
    }
}

fn code(error: DurationError) -> f64 {
    match error {
        DurationError::Malformed => MALFORMED,
        DurationError::TooLong => TOO_LONG,
    }
}
