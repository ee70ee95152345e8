//! The commands that build the package or start a program of the repository.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::build;
use crate::package_texts;
use crate::repo;
use crate::setup;
use crate::shell::{self, Outcome};

const DEMO: &str = "examples/demo/main.mjs";
const SOAK_MINUTES: u64 = 10;
/// Plays seeds on the shipped request loop.
const LOOP_REPLAY: &str = "tests/sim/replay.mjs";
const SOAK_STEPS: &str = "300";
/// Seeds a turn: each side gets about as much time.
const SOAK_SEEDS: &str = "2000";
const SOAK_LOOP_SEEDS: &str = "100";
const SOAK_STRIDE: u64 = 2_000;

/// `cargo xtask build`: everything that `npm/keyrail` ships.
pub fn build(root: &Path) -> Outcome {
    setup::run(root)?;
    package_texts::copy(root)?;
    build::build(root)
}

/// `cargo xtask demo`: real HTTP calls against a cap, on this machine alone.
pub fn demo(root: &Path) -> Outcome {
    build(root)?;
    shell::announce(&format!("running {DEMO}"));
    shell::run(Command::new("node").arg(DEMO).current_dir(root))
}

/// `cargo xtask sim`: one simulated run again, step by step the same.
pub fn sim(root: &Path, options: &[String]) -> Outcome {
    let [seed, steps] = numbers(options, ["--seed", "--steps"])?;
    let seed = seed.ok_or("`sim` needs a seed: cargo xtask sim --seed 7")?.to_string();
    let mut arguments = vec!["--seed".to_owned(), seed];
    if let Some(steps) = steps {
        arguments.extend(["--steps".to_owned(), steps.to_string()]);
    }
    simulate(root, &arguments)
}

/// `cargo xtask soak`: seeds that no run has used, for as long as it is given, in turn on the
/// simulator in Rust and on the shipped request loop under the same faults.
pub fn soak(root: &Path, options: &[String]) -> Outcome {
    let [minutes] = numbers(options, ["--minutes"])?;
    let time = Duration::from_secs(minutes.unwrap_or(SOAK_MINUTES) * 60);
    build(root)?;
    // The clock picks the first seed; a run that fails names its own, so that it can be replayed.
    let mut first = std::time::UNIX_EPOCH.elapsed().map_or(1, |since| since.as_secs());
    let started = Instant::now();
    while started.elapsed() < time {
        let from = first.to_string();
        simulate(root, &["--from", &from, "--seeds", SOAK_SEEDS, "--steps", SOAK_STEPS].map(str::to_owned))?;
        shell::announce(&format!("node {LOOP_REPLAY} {from} {SOAK_STEPS} {SOAK_LOOP_SEEDS}"));
        let arguments = [LOOP_REPLAY, &from, SOAK_STEPS, SOAK_LOOP_SEEDS];
        shell::run(Command::new("node").args(arguments).current_dir(root))?;
        first += SOAK_STRIDE;
    }
    Ok(())
}

fn simulate(root: &Path, arguments: &[String]) -> Outcome {
    shell::announce(&format!("keyrail-sim {}", arguments.join(" ")));
    let mut cargo = Command::new("cargo");
    cargo.args(["run", "--quiet", "--release", "--locked", "--package", "keyrail-sim", "--"]);
    shell::run(cargo.args(arguments).current_dir(root))
}

/// `cargo xtask bench`: every benchmark file, named before it runs.
pub fn bench(root: &Path) -> Outcome {
    build(root)?;
    let files = repo::files(root)?;
    let benches: Vec<&String> = files.iter().filter(|path| path.ends_with(".bench.mjs")).collect();
    if benches.is_empty() {
        return Err("there is no *.bench.mjs file to run".to_owned());
    }
    for bench in benches {
        shell::announce(&format!("node {bench}"));
        shell::run(Command::new("node").arg(bench).current_dir(root))?;
    }
    Ok(())
}

/// Reads `--name number` pairs; each at most once.
fn numbers<const N: usize>(options: &[String], names: [&str; N]) -> Outcome<[Option<u64>; N]> {
    let mut values = [None; N];
    let mut rest = options.iter();
    while let Some(option) = rest.next() {
        let index = names.iter().position(|name| name == option);
        let slot = index.and_then(|index| values.get_mut(index));
        let Some(slot @ None) = slot else {
            return Err(format!("unexpected `{option}`; the options are {}", names.join(", ")));
        };
        let value = rest.next().and_then(|text| text.parse().ok());
        *slot = Some(value.ok_or_else(|| format!("`{option}` needs a whole number"))?);
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(options: &[&str]) -> Outcome<[Option<u64>; 2]> {
        let options: Vec<String> = options.iter().map(|&option| option.to_owned()).collect();
        numbers(&options, ["--seed", "--steps"])
    }

    #[test]
    fn options_are_names_with_whole_numbers() {
        assert_eq!(parse(&[]), Ok([None, None]));
        assert_eq!(parse(&["--steps", "5", "--seed", "7"]), Ok([Some(7), Some(5)]));
        for bad in [&["--seed"][..], &["--seed", "x"], &["--sed", "1"], &["--seed", "1", "--seed", "2"], &["7"]] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }
}
