//! Lone surrogates in JSON, which no Rust string can hold.
//!
//! The rules treat such a unit like any other, so a private-use character takes its place, in the
//! question and in the recorded answer alike.

use std::fmt::Write as _;

/// Stands for every lone surrogate: the private-use area holds 6,400 characters, they number 2,048.
const STAND_IN: u32 = 0xe000;
const FIRST_SURROGATE: u32 = 0xd800;

/// A JSON text with every escaped lone surrogate replaced.
pub(crate) fn replaced(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        text.push_str(before);
        let taken = match unit(escape) {
            Some(0xd800..=0xdbff) if matches!(escape.get(6..).and_then(unit), Some(0xdc00..=0xdfff)) => {
                text.push_str(&escape[..12]);
                12
            }
            Some(lone @ 0xd800..=0xdfff) => {
                // Writing to a string cannot fail.
                let _ok = write!(text, "\\u{:04x}", lone - FIRST_SURROGATE + STAND_IN);
                6
            }
            _ => {
                text.push_str(&escape[..2]);
                2
            }
        };
        rest = &escape[taken..];
    }
    text.push_str(rest);
    text
}

/// The unit of a `\uXXXX` at the front.
fn unit(escape: &str) -> Option<u32> {
    u32::from_str_radix(escape.strip_prefix("\\u")?.get(..4)?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::replaced;

    #[test]
    fn only_lone_ones_are_replaced() {
        for (given, expected) in [
            (r#""\ud800""#, r#""\ue000""#),
            (r#""a\udfffb\n""#, r#""a\ue7ffb\n""#),
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (r#""\\ud800""#, r#""\\ud800""#),
            (r#""\ud800\ud83d\ude00""#, r#""\ue000\ud83d\ude00""#),
        ] {
            assert_eq!(replaced(given), expected);
        }
    }
}
