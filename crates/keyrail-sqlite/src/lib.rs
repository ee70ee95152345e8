//! The store contract over one SQLite file: rows under compare-and-set, for one process or several.
//!
//! Each call is a JSON text in and one out; commits, which are many, come in as numbers and texts. A thread writes and another reads, so that nobody who asks
//! has to wait. No rule about money is here; what a row means is decided by `keyrail-core`.

mod calls;
mod commits;
mod committing;
mod connection;
mod entries;
mod fault;
mod holds;
mod lists;
mod nodes;
mod packed;
mod reading;
mod rows;
mod schema;
mod store;
#[cfg(test)]
mod tests;

pub use calls::Operation;
pub use connection::Synchronous;
pub use packed::Packed;
pub use schema::statements;
pub use store::{Reply, Store};
