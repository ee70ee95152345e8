//! Caps that an outside system keeps in a key's metadata, already coerced to numbers.

/// The credit limit that metadata names; a number that is not finite names none.
///
/// ```
/// use keyrail_core::algebra::credit_limit;
/// assert_eq!(credit_limit(99.5), Some(99.5));
/// assert_eq!(credit_limit(f64::INFINITY), None);
/// ```
pub fn credit_limit(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

/// The rate share that metadata names, in whole per cent from 1 to 100, halves rounded up; a
/// number that is not finite names none.
///
/// ```
/// use keyrail_core::algebra::rate_share_percent;
/// assert_eq!(rate_share_percent(33.5), Some(34.0));
/// assert_eq!(rate_share_percent(0.0), Some(1.0));
/// assert_eq!(rate_share_percent(1e3), Some(100.0));
/// assert_eq!(rate_share_percent(f64::NAN), None);
/// ```
pub fn rate_share_percent(value: f64) -> Option<f64> {
    let rounded_down = value.floor();
    let rounded = if value - rounded_down >= 0.5 { rounded_down + 1.0 } else { rounded_down };
    value.is_finite().then(|| rounded.clamp(1.0, 100.0))
}
