//! The commands, with plain ids and plain microcents.

use crate::{HoldId, NodeId, Scope};
use keyrail_core::window;
use serde::{Deserialize, Serialize};

/// Names an attempt, so that a repeat of it does nothing twice. It belongs to a node and a method.
pub type IdempotencyKey = String;

/// One thing to decide. The fields mean what they mean in the core.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
#[allow(missing_docs, reason = "the names are those of the core's commands; amounts are microcents")]
pub enum Command {
    Validate {
        node: NodeId,
    },
    Budgets {
        node: NodeId,
    },
    Charge {
        node: NodeId,
        cost: i64,
        overdraft: bool,
        #[serde(default)]
        key: Option<IdempotencyKey>,
    },
    Reserve {
        node: NodeId,
        hold: HoldId,
        cost: i64,
        at_least: Option<i64>,
        whole_cents: bool,
        ttl_ms: i64,
        #[serde(default)]
        key: Option<IdempotencyKey>,
    },
    Settle {
        hold: HoldId,
        cost: i64,
    },
    Release {
        hold: HoldId,
    },
    Extend {
        hold: HoldId,
        ttl_ms: Option<i64>,
        cost: Option<i64>,
    },
    Mint {
        node: NodeId,
        parent: Option<NodeId>,
        scopes: Option<Vec<Scope>>,
        expires_at_ms: Option<i64>,
        cap: Option<i64>,
        rule: Option<Rule>,
        on_exceed: OnExceed,
    },
    Revoke {
        node: NodeId,
    },
    /// `cap` and `rule`: absent leaves them, null removes them.
    SetBudget {
        node: NodeId,
        #[serde(default, with = "absent_or_null", skip_serializing_if = "Option::is_none")]
        cap: Option<Option<i64>>,
        #[serde(default, with = "absent_or_null", skip_serializing_if = "Option::is_none")]
        rule: Option<Option<Rule>>,
    },
    Touch {
        node: NodeId,
    },
    /// What somebody else wrote into a row's public columns.
    Adjust {
        node: NodeId,
        used_cents: i64,
        reset_at_ms: Option<i64>,
    },
}

impl Command {
    /// The node that it is about; for a mint the new one; none where it names a hold.
    pub fn node(&self) -> Option<NodeId> {
        match self {
            Self::Validate { node }
            | Self::Budgets { node }
            | Self::Charge { node, .. }
            | Self::Reserve { node, .. }
            | Self::Revoke { node }
            | Self::SetBudget { node, .. }
            | Self::Mint { node, .. }
            | Self::Touch { node }
            | Self::Adjust { node, .. } => Some(*node),
            Self::Settle { .. } | Self::Release { .. } | Self::Extend { .. } => None,
        }
    }

    /// The hold that it ends or changes.
    pub fn hold(&self) -> Option<HoldId> {
        match self {
            Self::Settle { hold, .. } | Self::Release { hold } | Self::Extend { hold, .. } => Some(*hold),
            _ => None,
        }
    }

    /// The idempotency key with what it belongs to, and the amount that it compares.
    pub(crate) fn key(&self) -> Option<((NodeId, bool, &str), i64)> {
        match self {
            Self::Charge { node, cost, key: Some(key), .. } => Some(((*node, true, key), *cost)),
            Self::Reserve { node, cost, key: Some(key), .. } => Some(((*node, false, key), *cost)),
            _ => None,
        }
    }
}

/// What a mint does with a request for more than the parent has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnExceed {
    /// Give what the parent has.
    Clamp,
    /// Refuse.
    Reject,
}

/// How often a budget starts again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Period {
    Hour,
    Day,
    Week,
    Month,
}

/// Where its windows begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Alignment {
    Anchored,
    Calendar,
}

/// The rule of a budget's windows, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// How long a window lasts.
    pub period: Period,
    /// Where it begins.
    pub alignment: Alignment,
    /// The instant whose day and time anchored windows keep, in ms; the time of the decision unless
    /// said.
    pub anchor_ms: Option<i64>,
}

impl Rule {
    /// The rule with its anchor, which is `at_ms` unless said.
    pub fn anchored(self, at_ms: i64) -> Self {
        Self { anchor_ms: self.anchor_ms.or(Some(at_ms)), ..self }
    }

    /// The rule after a window whose end was `reset_at_ms`: where somebody moved that end, anchored
    /// windows go on from it.
    pub(crate) fn after_end(self, reset_at_ms: i64) -> Self {
        let is_own_end = self.to_core().window_at(reset_at_ms).start_ms == reset_at_ms;
        if is_own_end || self.alignment == Alignment::Calendar {
            self
        } else {
            Self { anchor_ms: Some(reset_at_ms), ..self }
        }
    }

    /// The core's rule: the calendar is the one thing the oracle takes from it.
    pub fn to_core(self) -> window::WindowRule {
        window::WindowRule {
            period: match self.period {
                Period::Hour => window::Period::Hour,
                Period::Day => window::Period::Day,
                Period::Week => window::Period::Week,
                Period::Month => window::Period::Month,
            },
            alignment: match self.alignment {
                Alignment::Anchored => window::Alignment::Anchored,
                Alignment::Calendar => window::Alignment::Calendar,
            },
            anchor_ms: self.anchor_ms.unwrap_or_default(),
        }
    }
}

/// Keeps "absent" apart from "null".
mod absent_or_null {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<T: Serialize, S: Serializer>(value: &Option<Option<T>>, serializer: S) -> Result<S::Ok, S::Error> {
        value.as_ref().and_then(Option::as_ref).serialize(serializer)
    }

    pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Option<T>>, D::Error> {
        Option::deserialize(deserializer).map(Some)
    }
}
