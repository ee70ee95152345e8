//! What a key may do, computed over its chain, and the paths that place it there.
//!
//! These functions only compare and add. Scopes are compared by identity, so any type that is
//! `PartialEq` serves; paths are sequences of code units, UTF-8 bytes or UTF-16 units alike, since
//! every rule looks at ASCII characters alone.

mod ancestors;
mod caps;
mod exact_sum;
mod headroom;
mod metadata;
mod number;
mod path;
mod permission;
mod scope;

pub use ancestors::{Standing, disabled_ancestor, expired_ancestor};
pub use caps::{Caps, Grant, clamp_child_grant, effective_caps};
pub use exact_sum::ExactSum;
pub use headroom::{CappedPath, Headroom, SpendRow, pooled_headroom, top_capped_path};
pub use metadata::{credit_limit, rate_share_percent};
pub use number::Number;
pub use path::{
    MAX_KEY_DEPTH, Unit, ancestor_ends, child_path, child_slash, end_at, escape_like, in_subtree, path_depth,
    subtree_like_pattern,
};
pub use permission::{permission, scope_of_permission};
pub use scope::{ADMIN, has_scope, invalid_scopes};
