//! `cargo xtask size`: what a user downloads, judged by the gates and by the sizes of the last change.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value, json};

use crate::shell::{self, Outcome};

/// Measures with Node, which is needed to build at all: no other tool, the same bytes everywhere.
const MEASURE: &str = "bench/size.mjs";
/// What each part was when somebody last looked, and how much it may grow before somebody looks again.
const BASELINE: &str = "bench/size-baseline.json";
const UPDATE: &str = "cargo xtask size --update";
/// A KB, here and in the gates.
const KB: u64 = 1024;
const DEFAULT_TOLERANCE_PERCENT: f64 = 1.0;

/// What no part may exceed compressed, whatever the baseline says, in KB.
const GATES_KB: [(&str, u64); 4] =
    [("keyrail.wasm", 48), ("keyrail-keys.wasm", 15), ("keyrail glue", 8), ("keyrail-keys glue", 8)];

/// One part of the package, in bytes.
#[derive(Debug, PartialEq, Eq)]
struct Part {
    name: String,
    raw: u64,
    gzip: u64,
}

/// Prints the sizes of the built package and fails on a gate or on growth beyond the tolerance; with
/// `update` the sizes become the new baseline first.
pub fn run(root: &Path, update: bool) -> Outcome {
    let measured = shell::output(Command::new("node").arg(MEASURE).current_dir(root))?;
    let measured: Value =
        serde_json::from_str(&measured).map_err(|error| format!("{MEASURE} printed no JSON: {error}"))?;
    let parts = parts(&measured)?;
    let path = root.join(BASELINE);
    let mut baseline = read_baseline(&path)?;
    if update {
        baseline = renewed(&baseline, &parts);
        let text = serde_json::to_string_pretty(&baseline).map_err(|error| error.to_string())? + "\n";
        std::fs::write(&path, text).map_err(|error| shell::file_error("write", &path, &error))?;
    }
    print!("{}", table(&parts, &baseline));
    let packed = |name: &str| measured["tarball"][name].as_u64().unwrap_or_default();
    println!("npm tarball: {} B, unpacked {} B", packed("packed"), packed("unpacked"));
    match faults(&parts, &baseline).as_slice() {
        [] => Ok(()),
        faults => Err(faults.join("\n")),
    }
}

fn parts(measured: &Value) -> Outcome<Vec<Part>> {
    let part = |value: &Value| {
        Some(Part {
            name: value["name"].as_str()?.to_owned(),
            raw: value["raw"].as_u64()?,
            gzip: value["gzip"].as_u64()?,
        })
    };
    let parts = measured["parts"].as_array().map(|parts| parts.iter().map(part).collect::<Option<Vec<_>>>());
    parts.flatten().ok_or_else(|| format!("{MEASURE} printed other JSON than sizes"))
}

/// An absent file is an empty baseline: then every part asks for its first entry.
fn read_baseline(path: &Path) -> Outcome<Value> {
    if !path.exists() {
        return Ok(json!({}));
    }
    serde_json::from_str(&shell::read(path)?).map_err(|error| format!("{BASELINE} is no JSON: {error}"))
}

fn tolerance_percent(baseline: &Value) -> f64 {
    baseline["tolerancePercent"].as_f64().unwrap_or(DEFAULT_TOLERANCE_PERCENT)
}

fn gzip_before(baseline: &Value, name: &str) -> Option<u64> {
    baseline["gzipBytes"][name].as_u64()
}

/// The baseline with the sizes of now.
fn renewed(baseline: &Value, parts: &[Part]) -> Value {
    let sizes: Map<String, Value> = parts.iter().map(|part| (part.name.clone(), json!(part.gzip))).collect();
    json!({ "tolerancePercent": tolerance_percent(baseline), "gzipBytes": sizes })
}

fn gate_bytes(name: &str) -> Option<u64> {
    GATES_KB.iter().find(|(gated, _)| *gated == name).map(|(_, kb)| kb * KB)
}

fn table(parts: &[Part], baseline: &Value) -> String {
    let mut table = format!("sizes in bytes, gzip -9; a KB of the gates is {KB} B; glue is minified\n");
    let head = ["part", "raw", "gzip", "baseline", "gate"];
    let mut row = |cells: [&str; 5]| {
        let [name, raw, gzip, before, gate] = cells;
        writeln!(table, "{name:<20} {raw:>9} {gzip:>9} {before:>9} {gate:>9}").is_ok()
    };
    row(head);
    for part in parts {
        let number = |number: Option<u64>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
        row([
            &part.name,
            &part.raw.to_string(),
            &part.gzip.to_string(),
            &number(gzip_before(baseline, &part.name)),
            &number(gate_bytes(&part.name)),
        ]);
    }
    table
}

/// Everything that is wrong with the sizes, a sentence each.
fn faults(parts: &[Part], baseline: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    for Part { name, gzip, .. } in parts {
        match gate_bytes(name) {
            Some(gate) if *gzip > gate => {
                faults
                    .push(format!("{name}: {gzip} B compressed are {} B above the gate; make it smaller", gzip - gate));
            }
            Some(_) => {}
            None => faults.push(format!("{name} has no gate; give it one in GATES_KB in crates/xtask/src/size.rs")),
        }
        let tolerance = tolerance_percent(baseline);
        match gzip_before(baseline, name) {
            Some(before) if *gzip as f64 > before as f64 * (1.0 + tolerance / 100.0) => faults.push(format!(
                "{name}: {gzip} B compressed are more than {tolerance} % above the {before} B of {BASELINE}; make it \
                 smaller, or accept the size with `{UPDATE}` and commit the file"
            )),
            Some(_) => {}
            None => faults.push(format!("{name} is not in {BASELINE}; run `{UPDATE}` and commit the file")),
        }
    }
    let measured = |gated: &str| parts.iter().any(|part| part.name == gated);
    let missing = GATES_KB.iter().filter(|(gated, _)| !measured(gated));
    faults.extend(missing.map(|(gated, _)| format!("{gated} has a gate and was not measured; see {MEASURE}")));
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sized(sizes: [u64; 4]) -> Vec<Part> {
        let part = |(&(name, _), gzip): (&(&str, u64), u64)| Part { name: name.to_owned(), raw: 2 * gzip, gzip };
        GATES_KB.iter().zip(sizes).map(part).collect()
    }

    const FINE: [u64; 4] = [40_000, 10_000, 3_000, 2_000];

    fn check(table: &[(&str, [u64; 4], &[&str])]) {
        let baseline = renewed(&json!({}), &sized(FINE));
        for (name, sizes, expected) in table {
            let faults = faults(&sized(*sizes), &baseline);
            assert_eq!(faults.len(), expected.len(), "{name}: {faults:?}");
            for (fault, part) in faults.iter().zip(*expected) {
                assert!(fault.contains(part), "{name}: {fault}");
            }
        }
    }

    #[test]
    fn growth_within_the_tolerance_passes_and_beyond_it_fails() {
        check(&[
            ("the same", FINE, &[]),
            ("smaller", [1, 1, 1, 1], &[]),
            ("as much as allowed", [40_400, 10_100, 3_030, 2_020], &[]),
            ("one byte more", [40_401, 10_000, 3_000, 2_000], &["cargo xtask size --update"]),
            ("two parts", [40_000, 10_101, 3_031, 2_000], &["keyrail-keys.wasm", "keyrail glue"]),
        ]);
    }

    #[test]
    fn a_gate_fails_whatever_the_baseline_says() {
        let at_the_gates = GATES_KB.map(|(_, kb)| kb * KB);
        assert_eq!(faults(&sized(at_the_gates), &renewed(&json!({}), &sized(at_the_gates))), Vec::<String>::new());
        for (index, (name, _)) in GATES_KB.iter().enumerate() {
            let mut sizes = at_the_gates;
            sizes[index] += 1;
            let faults = faults(&sized(sizes), &renewed(&json!({}), &sized(sizes)));
            assert_eq!(faults.len(), 1, "{faults:?}");
            assert!(faults[0].starts_with(name) && faults[0].contains("1 B above the gate"), "{faults:?}");
        }
    }

    #[test]
    fn what_is_not_measured_or_not_known_is_named() {
        let baseline = renewed(&json!({}), &sized(FINE));
        assert_eq!(faults(&[], &baseline).len(), GATES_KB.len());
        assert_eq!(faults(&sized(FINE), &json!({})).len(), GATES_KB.len());
        let mut parts = sized(FINE);
        parts.push(Part { name: "new.wasm".to_owned(), raw: 1, gzip: 1 });
        assert!(faults(&parts, &baseline).iter().all(|fault| fault.starts_with("new.wasm")));
        assert!(super::parts(&json!({ "parts": [{ "name": "x" }] })).is_err());
    }

    #[test]
    fn an_update_keeps_the_tolerance_and_takes_the_sizes() {
        let before = json!({ "tolerancePercent": 3.0, "gzipBytes": { "gone.wasm": 1 } });
        let after = renewed(&before, &sized(FINE));
        assert_eq!(tolerance_percent(&after), 3.0);
        assert_eq!(gzip_before(&after, "gone.wasm"), None);
        assert_eq!(gzip_before(&after, "keyrail.wasm"), Some(40_000));
    }
}
