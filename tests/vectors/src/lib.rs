//! Reading the recorded cases of `data/` and the table of `DIFFERENCES.md`.

mod surrogates;

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

/// One recorded case.
#[derive(Debug)]
pub struct Case {
    /// `<function>/<set>/<number>/<category>`, and sometimes more.
    pub name: String,
    /// The arguments by name.
    pub input: Value,
    /// What the original answered.
    pub recorded: Recorded,
}

/// What an original answered, or ours.
#[derive(Clone, Debug, PartialEq)]
pub enum Recorded {
    /// It returned this.
    Value(Value),
    /// It threw an error with this message.
    Error(String),
}

impl Case {
    /// Whether the input is outside the declared types, which Rust cannot express.
    pub fn is_untyped(&self) -> bool {
        self.name.split('/').nth(3) == Some("untyped")
    }
}

/// The cases of one file of `data/`.
pub fn read_cases(file: &str) -> Result<Vec<Case>, String> {
    let text = read(&format!("data/{file}.json"))?;
    let parsed: Value =
        serde_json::from_str(&surrogates::replaced(&text)).map_err(|error| format!("{file}: {error}"))?;
    let cases = parsed["cases"].as_array().ok_or_else(|| format!("{file} has no cases"))?;
    Ok(cases.iter().map(case).collect())
}

fn case(value: &Value) -> Case {
    let recorded = match value["error"]["message"].as_str() {
        Some(message) => Recorded::Error(message.to_owned()),
        None => Recorded::Value(decoded(&value["output"])),
    };
    let name = value["name"].as_str().unwrap_or_default().to_owned();
    Case { name, input: value["input"].clone(), recorded }
}

/// A recorded answer with the one number put back that JSON lacks and that is finite.
fn decoded(value: &Value) -> Value {
    match value {
        Value::Object(object) if value["$num"] == "-0" && object.len() == 1 => (-0.0).into(),
        Value::Object(object) => object.iter().map(|(key, value)| (key.clone(), decoded(value))).collect(),
        Value::Array(items) => items.iter().map(decoded).collect(),
        _ => value.clone(),
    }
}

fn read(path: &str) -> Result<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
}

/// The rows of `DIFFERENCES.md`, and which of them a run needed.
#[derive(Debug)]
pub struct Differences {
    rows: BTreeSet<(String, String)>,
    used: BTreeSet<(String, String)>,
}

impl Differences {
    /// Reads the table.
    pub fn read() -> Result<Self, String> {
        let text = read("DIFFERENCES.md")?;
        let rows = text.lines().filter_map(|line| {
            let mut cells = line.strip_prefix("| `")?.split("` | `");
            let file = cells.next()?;
            let class = cells.next()?.split('`').next()?;
            Some((file.to_owned(), class.to_owned()))
        });
        Ok(Self { rows: rows.collect(), used: BTreeSet::new() })
    }

    /// Whether a class of a file is listed; notes that its row is needed.
    pub fn allow(&mut self, file: &str, class: &str) -> bool {
        let row = (file.to_owned(), class.to_owned());
        let listed = self.rows.contains(&row);
        if listed {
            self.used.insert(row);
        }
        listed
    }

    /// The listed rows of a file that nothing needed, apart from those that Rust cannot express.
    pub fn stale(&self, file: &str) -> Vec<String> {
        let of_file = self.rows.iter().filter(|(of, class)| of == file && class != "untyped");
        of_file.filter(|row| !self.used.contains(row)).map(|(file, class)| format!("{file}: {class}")).collect()
    }
}
