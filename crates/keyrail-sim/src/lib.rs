//! The seeded simulator: the ledger under faults, judged by the oracle.
//!
//! [`scenario::generate`] makes what happens from a seed, [`run::run`] plays it in virtual time,
//! [`check::check`] judges what it did. The same scenarios drive the shipped request loop, whose
//! histories are judged by the same [`check::check`].

pub mod audit;
pub mod bridge;
pub mod check;
pub mod columns;
mod compare;
pub mod duel;
mod edits;
pub mod history;
pub mod process;
mod replay;
pub mod rng;
pub mod run;
pub mod scenario;
pub mod scripts;
pub mod store;
pub mod trace;
