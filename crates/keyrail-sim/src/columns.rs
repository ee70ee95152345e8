//! A row's public columns, which other programs write as well.

use serde::{Deserialize, Serialize};

/// The public columns of an edited row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edited {
    /// What is used, in whole cents.
    pub used_cents: i64,
    /// The end of the window.
    pub reset_at_ms: Option<i64>,
}

/// What another program writes into the public columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// It charges as agentkey does: once the end has passed, from 0 and with a new end.
    Charge {
        /// How much, in cents.
        cents: i64,
        /// How long the new window lasts.
        window_ms: i64,
    },
    /// It sets what is used.
    Set {
        /// To what, in cents.
        cents: i64,
    },
    /// It moves the end of the window, or takes it away.
    MoveEnd {
        /// To how long from now.
        after_ms: Option<i64>,
    },
}

impl Change {
    /// What the columns say after it, written at `t`.
    pub fn of(self, columns: Edited, t: i64) -> Edited {
        let is_over = columns.reset_at_ms.is_some_and(|reset_at_ms| reset_at_ms <= t);
        match self {
            Self::Charge { cents, window_ms } if is_over => {
                Edited { used_cents: cents, reset_at_ms: Some(t + window_ms) }
            }
            Self::Charge { cents, .. } => Edited { used_cents: columns.used_cents + cents, ..columns },
            Self::Set { cents } => Edited { used_cents: cents, ..columns },
            Self::MoveEnd { after_ms } => Edited { reset_at_ms: after_ms.map(|after_ms| t + after_ms), ..columns },
        }
    }
}
