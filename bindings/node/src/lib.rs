//! Keyrail's core as a Node-API addon. Forwards to the crates; no rule lives here.

// In a test build napi registers nothing, so nobody calls the exports.
#![cfg_attr(test, allow(dead_code))]

mod algebra;
mod blocks;
mod keys;
mod ledger;
mod sqlite;
