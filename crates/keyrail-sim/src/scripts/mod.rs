//! Scripts for whatever stands in for `AgentKey`: what is asked when, in the words of the façade, and
//! what the oracle answers.

mod author;
mod directed;
mod random;
mod words;

pub use author::{Author, Grant};

use serde_json::Value;

/// How many scripts are made by chance, beside those that say what they are about.
const RANDOM_SCRIPTS: u64 = 22;
/// How many steps each of them has after its keys are made.
const RANDOM_STEPS: usize = 14;

/// One story, on keys of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Script {
    /// What it is about.
    pub name: String,
    /// Its steps: `[ms since the start, method, on whom, options, answer]`.
    pub steps: Vec<Value>,
}

/// Every script, the same each time.
pub fn all() -> Vec<Script> {
    let mut scripts = directed::all();
    scripts.extend((0..RANDOM_SCRIPTS).map(|seed| random::script(seed, RANDOM_STEPS)));
    scripts
}

/// All of them as a TypeScript module.
pub fn typescript() -> String {
    let mut text = format!(
        "// @{} by `keyrail-sim scripts` from the oracle; `cargo xtask build` writes it anew.\n\
         import type {{ Script }} from \"../script.js\";\n\n\
         export const START_MS = {};\n\nexport const SCRIPTS: readonly Script[] = [\n",
        "generated",
        author::START_MS
    );
    for Script { name, steps } in all() {
        text.push_str(&format!("  {{ name: {}, steps: [\n", Value::from(name)));
        for step in steps {
            text.push_str(&format!("    {step},\n"));
        }
        text.push_str("  ] },\n");
    }
    text.push_str("];\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_among_the_answers() {
        let text = typescript();
        let reasons = [
            "invalid",
            "revoked",
            "ancestor_revoked",
            "expired",
            "ancestor_expired",
            "budget_exceeded",
            "invalid_key",
            "invalid_cost",
            "amount_out_of_range",
            "hold_not_found",
            "hold_settled",
            "hold_expired",
            "invalid_ttl",
            "window_rolled",
            "idempotency_key_reused",
        ];
        for reason in reasons {
            assert!(text.contains(&format!("\"reason\":\"{reason}\"")), "{reason}");
        }
        for code in ["not_found", "depth_exceeded", "grant_exceeds_parent", "revoked", "ancestor_expired"] {
            assert!(text.contains(&format!("\"throws\":\"{code}\"")), "{code}");
        }
    }

    #[test]
    fn they_are_the_same_each_time_and_of_modest_size() {
        let text = typescript();
        assert_eq!(text, typescript());
        assert!(text.len() < 150_000, "{} bytes", text.len());
    }
}
