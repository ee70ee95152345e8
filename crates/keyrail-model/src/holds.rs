//! What became of every hold.

use crate::{Book, Fact, HoldId, NodeId};
use std::collections::BTreeMap;

/// A hold as the history leaves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Who reserved.
    pub node: NodeId,
    /// What it holds.
    pub amount: i64,
    /// When it expires.
    pub expires_at_ms: i64,
    /// The windows in which it counts.
    pub counts_in: Vec<(NodeId, u64)>,
    /// What a command did to it.
    pub end: HoldEnd,
}

/// How a hold was ended, expiry apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the words of the core's rows")]
pub enum HoldEnd {
    Open,
    Released,
    Settled { cost: i64, overdraft: i64, late: bool },
}

impl Hold {
    /// Whether it holds anything at `at_ms`: neither ended nor expired.
    pub fn is_open(&self, at_ms: i64) -> bool {
        self.end == HoldEnd::Open && at_ms < self.expires_at_ms
    }
}

impl Book {
    /// Every hold ever reserved.
    pub fn holds(&self) -> BTreeMap<HoldId, Hold> {
        let mut holds = BTreeMap::new();
        for event in &self.events {
            if let Fact::Reserved { hold, node, amount, expires_at_ms } = event.fact {
                let counts_in = event.counts_in.clone();
                holds.insert(hold, Hold { node, amount, expires_at_ms, counts_in, end: HoldEnd::Open });
            }
            let (Fact::Extended { hold, .. } | Fact::Released { hold } | Fact::Settled { hold, .. }) = event.fact
            else {
                continue;
            };
            let Some(hold) = holds.get_mut(&hold) else { continue };
            match event.fact {
                Fact::Extended { amount, expires_at_ms, .. } => {
                    hold.amount = amount;
                    hold.expires_at_ms = expires_at_ms;
                }
                Fact::Settled { cost, overdraft, late, .. } => hold.end = HoldEnd::Settled { cost, overdraft, late },
                _ => hold.end = HoldEnd::Released,
            }
        }
        holds
    }
}

/// An expiry `ttl_ms` after `now_ms`, rounded up to a multiple of 2^⌊log₂(ttl/32)⌋.
pub(crate) fn expiry(now_ms: i64, ttl_ms: i64) -> i64 {
    let mut step_ms = 1;
    while 32 * (2 * step_ms) <= ttl_ms {
        step_ms *= 2;
    }
    let steps = (now_ms + ttl_ms + step_ms - 1).div_euclid(step_ms);
    steps * step_ms
}
