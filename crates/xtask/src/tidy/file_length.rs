//! A file is short enough to read in one sitting.

use super::{Finding, SourceFile, is_generated};

const LINES_MAX: usize = 500;
const SOURCE: [&str; 9] = ["rs", "ts", "mts", "cts", "js", "mjs", "cjs", "sh", "css"];

/// Finds source files that are too long, generated ones aside.
pub fn check(files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.has_extension(&SOURCE) && !is_generated(&file.text)) {
        let lines = file.text.lines().count();
        if lines > LINES_MAX {
            let message = format!("{lines} lines; split it by idea, at most {LINES_MAX}");
            findings.push(Finding { place: file.path.clone(), line: 0, message });
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::file;

    #[test]
    fn only_written_source_beyond_the_limit_is_found() {
        let long = "x\n".repeat(LINES_MAX + 1);
        let files = [
            file("a.rs", &long),
            file("b.ts", &"x\n".repeat(LINES_MAX)),
            file("c.json", &long),
            file("d.ts", &format!("// {}\n{long}", concat!("@", "generated"))),
        ];
        let places: Vec<String> = check(&files).into_iter().map(|finding| finding.place).collect();
        assert_eq!(places, ["a.rs"]);
    }
}
