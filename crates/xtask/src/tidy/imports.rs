//! Reads what a TypeScript file imports. No parser: the formatter keeps imports in one shape.

/// One `import` or `export … from`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The text between the quotes.
    pub specifier: String,
    /// Whether it vanishes when types are erased: `import type` or `export type`.
    pub type_only: bool,
    /// The line it ends on, from 1.
    pub line: usize,
}

/// Every static and dynamic import of a file, comments aside.
pub fn of(text: &str) -> Vec<Import> {
    let mut found = Vec::new();
    // The lines of a statement that has begun and not yet named its module.
    let mut open: Option<String> = None;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with("//") || line.starts_with('*') || line.starts_with("/*") {
            continue;
        }
        if let Some(specifier) = dynamic(line) {
            found.push(Import { specifier, type_only: false, line: index + 1 });
        }
        let statement = match open.take() {
            Some(head) => format!("{head} {line}"),
            None if begins(line) => line.to_owned(),
            None => continue,
        };
        match module_of(&statement) {
            Some(specifier) => {
                let type_only = statement.starts_with("import type ") || statement.starts_with("export type ");
                found.push(Import { specifier, type_only, line: index + 1 });
            }
            None if !statement.contains(';') => open = Some(statement),
            None => {}
        }
    }
    found
}

/// Whether a line begins a statement that may name a module.
fn begins(line: &str) -> bool {
    ["import ", "import{", "import\"", "export {", "export type {", "export *"]
        .iter()
        .any(|head| line.starts_with(head))
}

/// The module of a whole statement.
fn module_of(statement: &str) -> Option<String> {
    let after = match statement.rsplit_once(" from ") {
        Some((_, after)) => after,
        None => statement.strip_prefix("import")?,
    };
    quoted(after.trim_start())
}

/// The module of an `import("…")` or `require("…")` in a line.
fn dynamic(line: &str) -> Option<String> {
    let (_, after) = line.split_once("import(").or_else(|| line.split_once("require("))?;
    quoted(after)
}

/// The text of the string literal that begins here.
fn quoted(text: &str) -> Option<String> {
    let quote = text.chars().next().filter(|character| ['"', '\''].contains(character))?;
    let (inside, _) = text.get(1..)?.split_once(quote)?;
    Some(inside.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_is_read() {
        let text = "\
import { a } from \"./a.js\";
import type { B } from './b.js';
import {
  c,
  type D,
} from \"./c.js\";
import \"./side.js\";
export * from \"./e.js\";
export type { F } from \"./f.js\";
export const from = 1;
export { local };
// import { no } from \"./no.js\";
const g = await import(\"./g.js\");
const h = require(\"h\");
";
        let read: Vec<(String, bool, usize)> =
            of(text).into_iter().map(|import| (import.specifier, import.type_only, import.line)).collect();
        let expected = [
            ("./a.js", false, 1),
            ("./b.js", true, 2),
            ("./c.js", false, 6),
            ("./side.js", false, 7),
            ("./e.js", false, 8),
            ("./f.js", true, 9),
            ("./g.js", false, 13),
            ("h", false, 14),
        ];
        assert_eq!(read, expected.map(|(specifier, type_only, line)| (specifier.to_owned(), type_only, line)));
    }
}
