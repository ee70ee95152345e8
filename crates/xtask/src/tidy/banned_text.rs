//! Words that are never committed: unfinished work, forgotten debugging, this machine's paths.

use super::{Finding, SourceFile, is_generated};

/// One banned text, where it is banned, and what to do instead. The texts are spelled in halves so
/// that this file passes its own rule.
struct Ban {
    text: &'static str,
    applies: fn(&SourceFile) -> bool,
    /// Whether a comment may hold it, as a docstring's example may.
    fine_in_comments: bool,
    instead: &'static str,
}

const BANS: [Ban; 12] = [
    Ban { text: concat!("TO", "DO"), applies: is_code, fine_in_comments: false, instead: "finish it or file an issue" },
    Ban { text: concat!("FIX", "ME"), applies: is_code, fine_in_comments: false, instead: "fix it or file an issue" },
    Ban { text: concat!("dbg", "!("), applies: is_rust, fine_in_comments: true, instead: "remove the debugging" },
    Ban {
        text: concat!(".on", "ly("),
        applies: is_script,
        fine_in_comments: true,
        instead: "it switches every other test off",
    },
    Ban {
        text: concat!(".sk", "ip("),
        applies: is_script,
        fine_in_comments: true,
        instead: "pass { skip: reason } on a stated condition",
    },
    Ban {
        text: concat!("console", ".log"),
        applies: is_shipped_script,
        fine_in_comments: true,
        instead: "a library does not print",
    },
    Ban { text: concat!("debug", "ger;"), applies: is_script, fine_in_comments: true, instead: "remove the debugging" },
    Ban { text: concat!("/ro", "ot/"), applies: is_text, fine_in_comments: false, instead: MACHINE_PATH },
    Ban { text: concat!("/ho", "me/"), applies: is_text, fine_in_comments: false, instead: MACHINE_PATH },
    Ban { text: concat!("/Us", "ers/"), applies: is_text, fine_in_comments: false, instead: MACHINE_PATH },
    Ban { text: concat!("/wo", "rk/"), applies: is_text, fine_in_comments: false, instead: MACHINE_PATH },
    Ban { text: concat!("C:", "\\"), applies: is_text, fine_in_comments: false, instead: MACHINE_PATH },
];

const MACHINE_PATH: &str = "an absolute path exists on one machine only; make it relative";

fn is_rust(file: &SourceFile) -> bool {
    file.has_extension(&["rs"])
}

fn is_script(file: &SourceFile) -> bool {
    file.has_extension(&["ts", "mts", "cts", "js", "mjs", "cjs"])
}

fn is_shipped_script(file: &SourceFile) -> bool {
    is_script(file) && file.path.starts_with("npm/") && file.path.contains("/src/")
}

fn is_code(file: &SourceFile) -> bool {
    let is_program = file.text.starts_with("#!");
    is_program || is_rust(file) || is_script(file) || file.has_extension(&["sh", "toml", "css", "html"])
}

/// Recorded data holds what programs answered, whatever that looks like; lock files are npm's.
fn is_text(file: &SourceFile) -> bool {
    is_code(file) || file.has_extension(&["md"]) || (file.has_extension(&["json"]) && is_configuration(&file.path))
}

fn is_configuration(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    ["package.json", "biome.json"].contains(&name) || name.starts_with("tsconfig")
}

/// Finds every banned text, with its line.
pub fn check(files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| !is_generated(&file.text)) {
        for ban in BANS.iter().filter(|ban| (ban.applies)(file)) {
            for (index, line) in file.text.lines().enumerate() {
                let excused = ban.fine_in_comments && is_comment(line);
                if !excused && starts_a_word(line, ban.text) {
                    let message = format!("`{}`: {}", ban.text, ban.instead);
                    findings.push(Finding { place: file.path.clone(), line: index + 1, message });
                }
            }
        }
    }
    findings
}

fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("//") || line.starts_with("/*") || line.starts_with("* ")
}

/// Whether the text stands in the line with no word character before it: a path inside an address
/// such as `example.org/some/` is nobody's machine.
fn starts_a_word(line: &str, text: &str) -> bool {
    line.match_indices(text).any(|(at, _)| {
        let before = line.get(..at).and_then(|head| head.chars().next_back());
        text.starts_with('.') || !before.is_some_and(|character| character.is_alphanumeric() || character == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::file;

    /// One bad line per ban, in a file where it is banned.
    const BAD: [(&str, &str); 12] = [
        ("a.rs", concat!("// TO", "DO: later")),
        ("a.ts", concat!("// FIX", "ME")),
        ("a.rs", concat!("dbg", "!(x);")),
        ("a.test.mjs", concat!("test.on", "ly('x')")),
        ("a.test.mjs", concat!("it.sk", "ip('x')")),
        ("npm/keyrail/src/a.ts", concat!("console", ".log(1)")),
        ("a.mjs", concat!("debug", "ger;")),
        ("README.md", concat!("see `/ro", "ot/x`")),
        ("package.json", concat!("\"/ho", "me/x\"")),
        ("a.rs", concat!("\"/Us", "ers/x\"")),
        ("tsconfig.json", concat!("\"/wo", "rk/x\"")),
        ("a.ts", concat!("'C:", "\\x'")),
    ];

    #[test]
    fn every_ban_can_fail() {
        for ((path, bad), ban) in BAD.into_iter().zip(&BANS) {
            let findings = check(&[file(path, &format!("fine\n{bad}\n"))]);
            assert_eq!(findings.len(), 1, "{bad}: {findings:?}");
            assert!(findings[0].line == 2 && findings[0].message.contains(ban.text), "{findings:?}");
        }
    }

    #[test]
    fn what_only_looks_alike_passes() {
        let fine = [
            file("a.rs", concat!("iter.sk", "ip(1)")),
            file("npm/keyrail/src/a.ts", concat!(" * console", ".log(key)")),
            file("a.md", concat!("https://example.org/wo", "rk/x")),
            file("examples/a.mjs", concat!("console", ".log(1)")),
            file("tests/vectors/x.json", concat!("\"/ro", "ot/x\"")),
            file("a.ts", concat!("const MAS", "TO", "DON = 1")),
        ];
        assert_eq!(check(&fine), []);
    }
}
