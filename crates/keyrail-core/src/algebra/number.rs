//! The numbers that the algebra carries.

/// A finite number as JavaScript knows it: compared and passed on, never computed with as money.
///
/// ```
/// use keyrail_core::algebra::Number;
/// assert_eq!(Number::new(1.5).map(Number::get), Some(1.5));
/// assert_eq!(Number::new(f64::NAN), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Number(f64);

impl Number {
    /// The number; `None` for NaN and the infinities.
    pub const fn new(value: f64) -> Option<Self> {
        if value.is_finite() { Some(Self(value)) } else { None }
    }

    /// The value.
    pub const fn get(self) -> f64 {
        self.0
    }

    /// The lesser of two bounds, where none means unbounded; the first if they are equal.
    pub fn tighter(left: Option<Self>, right: Option<Self>) -> Option<Self> {
        match (left, right) {
            (Some(left), Some(right)) => Some(if right < left { right } else { left }),
            (bound, None) | (None, bound) => bound,
        }
    }
}
