//! The pure functions of the core over two flat blocks: doubles and UTF-16 code units.
//!
//! A caller writes numbers, interned ids and texts into the blocks, calls with how much it wrote,
//! and reads the answer from the same blocks. Nothing is allocated for a call once the blocks have
//! grown to its size. In the block of doubles NaN stands for an absent number. Texts are written
//! one after another, and their lengths are among the numbers; as UTF-16 they come back unchanged
//! even where they are not well formed.
//!
//! A call that announces more than it wrote reads zeros and empty texts; it never reads outside.

#[cfg(feature = "whole")]
mod ancestors;
#[cfg(feature = "whole")]
mod caps;
#[cfg(feature = "whole")]
mod durations;
#[cfg(feature = "whole")]
mod headroom;
mod keys;
#[cfg(feature = "whole")]
mod metadata;
#[cfg(feature = "whole")]
mod paths;
#[cfg(feature = "whole")]
mod reader;
#[cfg(feature = "whole")]
mod scopes;

pub use keys::encoding;
#[cfg(feature = "whole")]
pub use metadata::{metadata_credit_limit, metadata_rate_share};
#[cfg(feature = "whole")]
pub use paths::child_has_slash;

/// The two blocks, and room that the calls reuse.
#[derive(Debug)]
pub struct Blocks<'a> {
    /// Numbers and interned ids.
    pub words: &'a mut [f64],
    /// Texts in UTF-16.
    pub text: &'a mut [u16],
    /// Kept between calls for the scopes of an answer.
    pub scopes: &'a mut Vec<f64>,
}

/// The answer of a call that has none.
pub const NONE: f64 = -1.0;

fn flag(value: bool) -> f64 {
    f64::from(u8::from(value))
}

fn index(value: usize) -> f64 {
    // A block of 2⁵³ words does not exist.
    value as f64
}

#[cfg(all(test, feature = "whole"))]
mod tests {
    use super::Blocks;

    /// Every call, with lengths and contents that nobody wrote.
    fn call_everything(blocks: &mut Blocks<'_>, length: usize) {
        let encoding = super::encoding(24);
        for answer in [
            blocks.effective_caps(length),
            blocks.clamp_child_grant(length),
            blocks.expired_ancestor(length, 0.0),
            blocks.disabled_ancestor(length),
            blocks.pooled_headroom(length),
            blocks.top_capped_path(length),
            blocks.in_subtree(length, length),
            blocks.path_depth(length),
            blocks.path_end_at(length, 1.0),
            blocks.ancestor_ends(length),
            blocks.escape_like(length),
            blocks.subtree_like_pattern(length),
            blocks.has_scope(length),
            blocks.invalid_scopes(length),
            blocks.scope_of_permission(length, length),
            blocks.permission(length),
            blocks.hold_ms(length),
            blocks.expiry_ms(length, f64::NAN),
            blocks.parse_key(length, length, encoding),
            blocks.display_end(length, length),
            blocks.safe_equal(length, length),
        ] {
            assert!(!answer.is_nan());
        }
    }

    #[test]
    fn nonsense_in_the_blocks_never_panics() {
        for word in [0.0, 1.0, 3.0, -1.0, f64::NAN, f64::INFINITY, 1e300] {
            for length in [0, 1, 2, 7, 8, 9, 1 << 40] {
                let (mut words, mut text) = ([word; 8], [u16::from(b'/'); 8]);
                let blocks = &mut Blocks { words: &mut words, text: &mut text, scopes: &mut Vec::new() };
                call_everything(blocks, length);
            }
        }
    }
}
