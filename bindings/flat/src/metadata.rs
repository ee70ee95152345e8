//! Caps in metadata.

use keyrail_core::algebra::{credit_limit, rate_share_percent};

/// The credit limit that metadata names; NaN for none.
pub fn metadata_credit_limit(value: f64) -> f64 {
    credit_limit(value).unwrap_or(f64::NAN)
}

/// The rate share that metadata names; NaN for none.
pub fn metadata_rate_share(value: f64) -> f64 {
    rate_share_percent(value).unwrap_or(f64::NAN)
}
