//! The rules of Keyrail, pure: no clock, no randomness, no I/O.

pub mod algebra;
pub mod amount;
mod decimal;
pub mod duration;
pub mod keys;
pub mod ledger;
pub mod window;
