//! The algebra over the blocks; `keyrail-flat` says what each call reads and writes.

use wasm_bindgen::prelude::wasm_bindgen;

use crate::blocks::with;

/// Caps over a chain.
#[wasm_bindgen(js_name = effectiveCaps)]
pub fn effective_caps(length: usize) -> f64 {
    with(|blocks| blocks.effective_caps(length))
}

/// A child's grant under its parent's.
#[wasm_bindgen(js_name = clampChildGrant)]
pub fn clamp_child_grant(length: usize) -> f64 {
    with(|blocks| blocks.clamp_child_grant(length))
}

/// Whether an ancestor has ended.
#[wasm_bindgen(js_name = expiredAncestor)]
pub fn expired_ancestor(length: usize, now_ms: f64) -> f64 {
    with(|blocks| blocks.expired_ancestor(length, now_ms))
}

/// Whether an ancestor is switched off.
#[wasm_bindgen(js_name = disabledAncestor)]
pub fn disabled_ancestor(length: usize) -> f64 {
    with(|blocks| blocks.disabled_ancestor(length))
}

/// Which cap binds.
#[wasm_bindgen(js_name = pooledHeadroom)]
pub fn pooled_headroom(length: usize) -> f64 {
    with(|blocks| blocks.pooled_headroom(length))
}

/// The capped node nearest to the root.
#[wasm_bindgen(js_name = topCappedPath)]
pub fn top_capped_path(length: usize) -> f64 {
    with(|blocks| blocks.top_capped_path(length))
}

/// Whether a path lies in a subtree.
#[wasm_bindgen(js_name = inSubtree)]
pub fn in_subtree(path: usize, candidate: usize) -> f64 {
    with(|blocks| blocks.in_subtree(path, candidate))
}

/// Levels below the root.
#[wasm_bindgen(js_name = pathDepth)]
pub fn path_depth(length: usize) -> f64 {
    with(|blocks| blocks.path_depth(length))
}

/// Where the path at a level ends.
#[wasm_bindgen(js_name = pathEndAt)]
pub fn path_end_at(length: usize, level: f64) -> f64 {
    with(|blocks| blocks.path_end_at(length, level))
}

/// Where the ids of the ancestors lie.
#[wasm_bindgen(js_name = ancestorEnds)]
pub fn ancestor_ends(length: usize) -> f64 {
    with(|blocks| blocks.ancestor_ends(length))
}

/// Whether a child's path has a slash behind its parent's.
#[wasm_bindgen(js_name = childHasSlash)]
pub fn child_has_slash(parent: usize) -> f64 {
    keyrail_flat::child_has_slash(parent)
}

/// A text as a literal in a `LIKE` pattern.
#[wasm_bindgen(js_name = escapeLike)]
pub fn escape_like(length: usize) -> f64 {
    with(|blocks| blocks.escape_like(length))
}

/// The `LIKE` pattern of a subtree.
#[wasm_bindgen(js_name = subtreeLikePattern)]
pub fn subtree_like_pattern(length: usize) -> f64 {
    with(|blocks| blocks.subtree_like_pattern(length))
}

/// Whether scopes grant one.
#[wasm_bindgen(js_name = hasScope)]
pub fn has_scope(length: usize) -> f64 {
    with(|blocks| blocks.has_scope(length))
}

/// Which scopes are not known.
#[wasm_bindgen(js_name = invalidScopes)]
pub fn invalid_scopes(length: usize) -> f64 {
    with(|blocks| blocks.invalid_scopes(length))
}

/// The scope of a permission.
#[wasm_bindgen(js_name = scopeOfPermission)]
pub fn scope_of_permission(resource: usize, action: usize) -> f64 {
    with(|blocks| blocks.scope_of_permission(resource, action))
}

/// The permission of a scope.
#[wasm_bindgen(js_name = permission)]
pub fn permission(length: usize) -> f64 {
    with(|blocks| blocks.permission(length))
}

/// The milliseconds of a hold's duration.
#[wasm_bindgen(js_name = holdMs)]
pub fn hold_ms(length: usize) -> f64 {
    with(|blocks| blocks.hold_ms(length))
}

/// When a lifetime ends.
#[wasm_bindgen(js_name = expiryMs)]
pub fn expiry_ms(length: usize, now_ms: f64) -> f64 {
    with(|blocks| blocks.expiry_ms(length, now_ms))
}

/// The credit limit that metadata names.
#[wasm_bindgen(js_name = metadataCreditLimit)]
pub fn metadata_credit_limit(value: f64) -> f64 {
    keyrail_flat::metadata_credit_limit(value)
}

/// The rate share that metadata names.
#[wasm_bindgen(js_name = metadataRateShare)]
pub fn metadata_rate_share(value: f64) -> f64 {
    keyrail_flat::metadata_rate_share(value)
}
