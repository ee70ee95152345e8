//! The seeded simulator: the ledger under faults, judged by the oracle.

pub mod audit;
pub mod bridge;
pub mod duel;
pub mod rng;
