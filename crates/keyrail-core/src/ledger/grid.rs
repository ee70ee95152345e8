//! The grid of expiry instants.
//!
//! A hold's expiry is rounded up to a multiple of 2^⌊log₂(ttl/32)⌋ ms. So it is never sooner than
//! asked and at most 1/32 later, and a node row needs at most 64 buckets for each doubling of the
//! times to live in use, at any rate of holds.

/// The expiry of a hold that lives for `ttl_ms` from `now_ms`, in ms.
///
/// ```
/// use keyrail_core::ledger::expiry_on_grid;
/// assert_eq!(expiry_on_grid(1, 1_000), 1_008); // a grid of 16 ms
/// ```
pub fn expiry_on_grid(now_ms: i64, ttl_ms: i64) -> i64 {
    let step_ms = 1i64 << (ttl_ms.max(32) / 32).ilog2();
    let wanted_ms = now_ms + ttl_ms;
    wanted_ms + (-wanted_ms).rem_euclid(step_ms)
}

#[cfg(test)]
mod tests {
    use super::expiry_on_grid;

    #[test]
    fn the_grid_is_at_least_the_ttl_and_at_most_a_32nd_more() {
        for ttl_ms in [1_000, 1_023, 1_024, 5_000, 300_000, 86_400_000, 30 * 86_400_000] {
            let mut instants = std::collections::BTreeSet::new();
            for now_ms in (0..2 * ttl_ms).step_by((ttl_ms / 500) as usize) {
                let expires_at_ms = expiry_on_grid(now_ms, ttl_ms);
                assert!(expires_at_ms >= now_ms + ttl_ms);
                assert!(expires_at_ms - now_ms - ttl_ms < ttl_ms / 32 + 1);
                if now_ms < ttl_ms {
                    instants.insert(expires_at_ms);
                }
            }
            assert!(instants.len() <= 65, "{ttl_ms}: {}", instants.len());
        }
    }
}
