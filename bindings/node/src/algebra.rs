//! The algebra over the blocks; `keyrail-flat` says what each call reads and writes.

use napi_derive::napi;

use crate::blocks::FlatBlocks;

#[napi]
impl FlatBlocks {
    /// Caps over a chain.
    #[napi]
    pub fn effective_caps(&mut self, length: u32) -> f64 {
        self.with(|blocks| blocks.effective_caps(length as usize))
    }

    /// A child's grant under its parent's.
    #[napi]
    pub fn clamp_child_grant(&mut self, length: u32) -> f64 {
        self.with(|blocks| blocks.clamp_child_grant(length as usize))
    }

    /// Whether an ancestor has ended.
    #[napi]
    pub fn expired_ancestor(&mut self, length: u32, now_ms: f64) -> f64 {
        self.with(|blocks| blocks.expired_ancestor(length as usize, now_ms))
    }

    /// Whether an ancestor is switched off.
    #[napi]
    pub fn disabled_ancestor(&mut self, length: u32) -> f64 {
        self.with(|blocks| blocks.disabled_ancestor(length as usize))
    }

    /// Which cap binds.
    #[napi]
    pub fn pooled_headroom(&mut self, length: u32) -> f64 {
        self.with(|blocks| blocks.pooled_headroom(length as usize))
    }

    /// The capped node nearest to the root.
    #[napi]
    pub fn top_capped_path(&mut self, length: u32) -> f64 {
        self.with(|blocks| blocks.top_capped_path(length as usize))
    }

    /// Whether a path lies in a subtree.
    #[napi]
    pub fn in_subtree(&mut self, path: u32, candidate: u32) -> f64 {
        self.with(|blocks| blocks.in_subtree(path as usize, candidate as usize))
    }

    /// Levels below the root.
    #[napi]
    pub fn path_depth(&mut self, length: u32) -> f64 {
        self.with(|blocks| blocks.path_depth(length as usize))
    }

    /// Where the path at a level ends.
    #[napi]
    pub fn path_end_at(&mut self, length: u32, level: f64) -> f64 {
        self.with(|blocks| blocks.path_end_at(length as usize, level))
    }

    /// Where the ids of the ancestors lie.
    #[napi]
    pub fn ancestor_ends(&mut self, length: u32) -> f64 {
        self.with(|blocks| blocks.ancestor_ends(length as usize))
    }

    /// Whether a child's path has a slash behind its parent's.
    #[napi]
    pub fn child_has_slash(&self, parent: u32) -> f64 {
        keyrail_flat::child_has_slash(parent as usize)
    }

    /// A text as a literal in a `LIKE` pattern.
    #[napi]
    pub fn escape_like(&mut self, length: u32) -> f64 {
        self.with(|blocks| blocks.escape_like(length as usize))
    }

    /// The `LIKE` pattern of a subtree.
    #[napi]
    pub fn subtree_like_pattern(&mut self, length: u32) -> f64 {
        self.with(|blocks| blocks.subtree_like_pattern(length as usize))
    }

    /// Whether scopes grant one.
    #[napi]
    pub fn has_scope(&mut self, length: u32) -> f64 {
        self.with(|blocks| blocks.has_scope(length as usize))
    }

    /// Which scopes are not known.
    #[napi]
    pub fn invalid_scopes(&mut self, length: u32) -> f64 {
        self.with(|blocks| blocks.invalid_scopes(length as usize))
    }

    /// The scope of a permission.
    #[napi]
    pub fn scope_of_permission(&mut self, resource: u32, action: u32) -> f64 {
        self.with(|blocks| blocks.scope_of_permission(resource as usize, action as usize))
    }

    /// The permission of a scope.
    #[napi]
    pub fn permission(&mut self, length: u32) -> f64 {
        self.with(|blocks| blocks.permission(length as usize))
    }

    /// The milliseconds of a hold's duration.
    #[napi]
    pub fn hold_ms(&mut self, length: u32) -> f64 {
        self.with(|blocks| blocks.hold_ms(length as usize))
    }

    /// When a lifetime ends.
    #[napi]
    pub fn expiry_ms(&mut self, length: u32, now_ms: f64) -> f64 {
        self.with(|blocks| blocks.expiry_ms(length as usize, now_ms))
    }
}

/// The credit limit that metadata names.
#[napi]
pub fn metadata_credit_limit(value: f64) -> f64 {
    keyrail_flat::metadata_credit_limit(value)
}

/// The rate share that metadata names.
#[napi]
pub fn metadata_rate_share(value: f64) -> f64 {
    keyrail_flat::metadata_rate_share(value)
}
