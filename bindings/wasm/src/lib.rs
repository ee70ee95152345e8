//! Keyrail's core as WebAssembly. Forwards to the crates; no rule lives here.

#[cfg(feature = "whole")]
mod algebra;
mod blocks;
mod keys;
#[cfg(feature = "whole")]
mod ledger;
