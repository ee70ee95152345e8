//! The oracle: what a tree of keys must answer, written to be obviously right.
//!
//! A [`Book`] is a list of what was committed, in order. Every question (what was spent, what is
//! held, what must this command answer) is answered by reading the whole list again; nothing is
//! kept between questions. It shares no rule with the core but the calendar.

mod adjust;
mod admission;
mod answer;
mod book;
mod budget;
mod command;
mod decide;
mod event;
mod grant;
mod holds;

pub use answer::{Answer, Budget, Clamped, Reason};
pub use book::Book;
pub use command::{Alignment, Command, IdempotencyKey, OnExceed, Period, Rule};
pub use event::{Event, Fact};
pub use holds::{Hold, HoldEnd};

/// A node, by its plain id.
pub type NodeId = u64;
/// A hold, by the plain id its host gave it.
pub type HoldId = u64;
/// A scope, by its number; 0 is `admin`, which grants all.
pub type Scope = u32;

/// The scope that grants every scope.
pub const ADMIN: Scope = 0;
/// No book may go beyond this, in microcents.
pub const AMOUNT_MAX: i64 = 9_000_000_000_000_000;
/// A node has at most this many nodes above it.
pub const LEVELS_BELOW_ROOT: usize = 8;
