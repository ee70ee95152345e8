//! Writing into a budget's books.

use super::row::{Bucket, Budget};
use crate::amount::Microcents;

impl Budget {
    /// Adds `cost` to what was spent in the current window. The range was checked before.
    pub(super) fn spend(&mut self, cost: Microcents) {
        self.spent = self.spent.plus(cost).unwrap_or(Microcents::MAX);
    }

    /// Adds to the bucket of an instant. The range was checked before.
    pub(super) fn hold_more(&mut self, expires_at_ms: i64, amount: Microcents) {
        if amount == Microcents::ZERO {
            return;
        }
        match self.buckets.binary_search_by_key(&expires_at_ms, |bucket| bucket.expires_at_ms) {
            Ok(place) => {
                if let Some(bucket) = self.buckets.get_mut(place) {
                    bucket.held = bucket.held.plus(amount).unwrap_or(Microcents::MAX);
                }
            }
            Err(place) => self.buckets.insert(place, Bucket { expires_at_ms, held: amount }),
        }
    }

    /// Takes from the bucket of an instant; an empty bucket goes.
    pub(super) fn hold_less(&mut self, expires_at_ms: i64, amount: Microcents) {
        let Ok(place) = self.buckets.binary_search_by_key(&expires_at_ms, |bucket| bucket.expires_at_ms) else {
            return;
        };
        if let Some(bucket) = self.buckets.get_mut(place) {
            bucket.held = bucket.held.minus(amount).unwrap_or(Microcents::ZERO);
            if bucket.held <= Microcents::ZERO {
                self.buckets.remove(place);
            }
        }
    }
}
