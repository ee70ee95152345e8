//! Where each resident node lies, by its id.
//!
//! It can be asked for one id at a time and never walked through, so that no order of hashing ever
//! decides anything. Ids are small numbers that the store gave, so one multiplication spreads them
//! well enough; the standard map with it is half the WebAssembly of an ordered one.

use super::row::{NodeHandle, NodeId};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// The handles of resident nodes.
#[derive(Debug, Default)]
pub(super) struct Ids(HashMap<NodeId, NodeHandle, BuildHasherDefault<Spread>>);

impl Ids {
    pub(super) fn get(&self, id: NodeId) -> Option<NodeHandle> {
        self.0.get(&id).copied()
    }

    pub(super) fn insert(&mut self, id: NodeId, handle: NodeHandle) {
        self.0.insert(id, handle);
    }

    pub(super) fn remove(&mut self, id: NodeId) {
        self.0.remove(&id);
    }
}

/// Spreads a number over all bits by the golden ratio.
#[derive(Debug, Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(self.0 ^ u64::from(*byte));
        }
    }
}
