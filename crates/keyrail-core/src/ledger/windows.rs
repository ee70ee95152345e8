//! The windows in which an amount counts.

use super::chain::CHAIN_MAX;
use core::fmt;
use core::ops::Deref;

/// The ordinal of the window of each chain node, root first. It lies in its row, without an
/// allocation: every entry has one.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Windows {
    ordinals: [u64; CHAIN_MAX],
    length: usize,
}

impl Windows {
    /// Adds the next node's. A chain has at most [`CHAIN_MAX`] nodes; what goes beyond is left out.
    pub(in crate::ledger) fn push(&mut self, ordinal: u64) {
        if let Some(place) = self.ordinals.get_mut(self.length) {
            *place = ordinal;
            self.length += 1;
        }
    }

    /// Puts another ordinal in the place of the chain's own node, the last one.
    pub(in crate::ledger) fn set_own(&mut self, ordinal: u64) {
        if let Some(place) = self.length.checked_sub(1).and_then(|last| self.ordinals.get_mut(last)) {
            *place = ordinal;
        }
    }
}

impl Deref for Windows {
    type Target = [u64];

    fn deref(&self) -> &[u64] {
        self.ordinals.get(..self.length).unwrap_or_default()
    }
}

impl fmt::Debug for Windows {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(formatter)
    }
}
