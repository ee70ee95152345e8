//! Both licences are there, and every package names them.

use serde_json::Value;

use super::{Finding, SourceFile};

const EXPRESSION: &str = "Apache-2.0 OR MIT";
/// A sentence of each text, so that an empty or swapped file does not pass.
const TEXTS: [(&str, &str); 2] = [
    ("LICENSE-APACHE", "TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION"),
    ("LICENSE-MIT", "The above copyright notice and this permission notice"),
];

/// Finds missing licence texts and packages that do not name the licences.
pub fn check(files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut fault = |place: &str, message: String| {
        findings.push(Finding { place: place.to_owned(), line: 0, message });
    };
    for (path, sentence) in TEXTS {
        if !files.iter().any(|file| file.path == path && file.text.contains(sentence)) {
            fault(path, "the full text of the licence belongs here".to_owned());
        }
    }
    for file in files {
        if file.path.starts_with("npm/") && file.path.ends_with("/package.json") {
            let manifest: Value = serde_json::from_str(&file.text).unwrap_or_default();
            if manifest["license"] != EXPRESSION {
                fault(&file.path, format!("\"license\" must be \"{EXPRESSION}\""));
            }
        }
        let is_crate = file.path.ends_with("/Cargo.toml");
        if is_crate && !file.text.lines().any(|line| line.trim() == "license.workspace = true") {
            fault(&file.path, "write `license.workspace = true`".to_owned());
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::file;

    fn good() -> Vec<SourceFile> {
        let mut files: Vec<SourceFile> = TEXTS.iter().map(|(path, sentence)| file(path, sentence)).collect();
        files.push(file("npm/keyrail/package.json", "{\"license\": \"Apache-2.0 OR MIT\"}"));
        files.push(file("crates/x/Cargo.toml", "[package]\nlicense.workspace = true\n"));
        files
    }

    #[test]
    fn every_missing_licence_is_found() {
        assert_eq!(check(&good()), []);
        for index in 0..good().len() {
            let mut files = good();
            files[index].text = "{}".to_owned();
            let findings = check(&files);
            assert!(findings.len() == 1 && findings[0].place == files[index].path, "{findings:?}");
        }
    }
}
