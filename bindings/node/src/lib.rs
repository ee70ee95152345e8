//! Keyrail's core as a Node-API addon. Forwards to the crates; no rule lives here.

mod algebra;
mod blocks;
mod keys;
mod ledger;
