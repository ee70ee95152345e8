//! The rules of Keyrail, pure: no clock, no randomness, no I/O.

pub mod amount;
pub mod keys;
pub mod ledger;
pub mod window;
