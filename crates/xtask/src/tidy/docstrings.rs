//! Everything that the npm package exports says what it is.

use super::{Finding, SourceFile, is_generated};

const DECLARATIONS: [&str; 9] =
    ["async function ", "function ", "abstract class ", "class ", "interface ", "type ", "const ", "let ", "enum "];

/// Finds exported declarations of the package with no docstring right above them.
pub fn check(files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| is_package_source(file)) {
        // The name that the line above exported: overloads share the docstring of the first.
        let mut documented = "";
        let mut above = "";
        for (index, line) in file.text.lines().enumerate() {
            if let Some(name) = exported(line) {
                if above.trim_end().ends_with("*/") {
                    documented = name;
                } else if documented != name {
                    let message = format!("`{name}` is exported without a docstring");
                    findings.push(Finding { place: file.path.clone(), line: index + 1, message });
                }
            }
            above = line;
        }
    }
    findings
}

fn is_package_source(file: &SourceFile) -> bool {
    file.path.starts_with("npm/keyrail/src/") && file.has_extension(&["ts"]) && !is_generated(&file.text)
}

/// The name that a line declares and exports. A list `export { … }` declares nothing.
fn exported(line: &str) -> Option<&str> {
    let declaration = line.strip_prefix("export ")?;
    let declaration = declaration.strip_prefix("declare ").unwrap_or(declaration);
    let rest = DECLARATIONS.iter().find_map(|keyword| declaration.strip_prefix(keyword))?;
    let end = rest.find(|character: char| !character.is_alphanumeric() && !['_', '$'].contains(&character));
    let name = rest.get(..end.unwrap_or(rest.len()))?;
    // `export type { X } from` passes a documented name on.
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::file;

    fn missing(text: &str) -> Vec<String> {
        check(&[file("npm/keyrail/src/a.ts", text)]).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn an_export_without_a_docstring_is_found() {
        for declaration in ["function f() {}", "class f {}", "interface f {}", "type f = 1;", "const f = 1;"] {
            assert_eq!(missing(&format!("// a comment\nexport {declaration}\n")).len(), 1, "{declaration}");
        }
    }

    #[test]
    fn documented_overloaded_and_passed_on_exports_pass() {
        let text = "\
/** One. */
export function f(a: string): void;
export function f(a: number): void;
export { g } from \"./g.js\";
export type { H } from \"./h.js\";
/**
 * Two.
 */
export async function k(): Promise<void> {}
";
        assert_eq!(missing(text), Vec::<String>::new());
    }

    #[test]
    fn the_docstring_of_another_name_does_not_count() {
        assert_eq!(missing("/** F. */\nexport const f = 1;\nexport const g = 2;\n").len(), 1);
    }
}
