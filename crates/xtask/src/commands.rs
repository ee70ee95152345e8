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
/// Plays `examples/express-clerk` before a stub of Clerk.
const CLERK_DEMO: &str = "examples/demo/clerk/main.mjs";
/// The folder of the benchmarks, with what they compare Keyrail to.
const BENCHES: &str = "bench";
/// What a benchmark needs beside the packages there, by its file.
const BENCH_PACKAGES: &[(&str, &str)] = &[("bench/clerk.bench.mjs", "tests/runtimes")];
const SOAK_MINUTES: u64 = 10;
/// Plays seeds on the shipped request loop.
const LOOP_REPLAY: &str = "tests/sim/replay.mjs";
const SOAK_STEPS: &str = "300";
/// Seeds a turn: each side gets about as much time.
const SOAK_SEEDS: &str = "2000";
const SOAK_LOOP_SEEDS: &str = "100";
const SOAK_STRIDE: u64 = 2_000;
/// The faults on real engines, long.
const FAULTS: &str = "tests/faults/soak.mjs";
/// Kills and crashes an engine, from 20 minutes on.
const FAULT_ROUNDS_MAX: u64 = 50;

/// `cargo xtask build`: everything that `npm/keyrail` ships.
pub fn build(root: &Path) -> Outcome {
    setup::run(root)?;
    package_texts::copy(root)?;
    build::build(root)
}

/// `cargo xtask demo`: real HTTP calls against a cap, on this machine alone; with `--clerk`, by callers whom
/// Clerk vouches for.
pub fn demo(root: &Path, options: &[String]) -> Outcome {
    let program = demo_program(options)?;
    build(root)?;
    shell::announce(&format!("running {program}"));
    shell::run(Command::new("node").arg(program).current_dir(root))
}

fn demo_program(options: &[String]) -> Outcome<&'static str> {
    match options {
        [] => Ok(DEMO),
        [option] if option == "--clerk" => Ok(CLERK_DEMO),
        _ => Err("`demo` takes `--clerk` or nothing".to_owned()),
    }
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

/// `cargo xtask soak`: first the faults on real engines, more of them the more time there is; then
/// seeds that no run has used, until the time is over, in turn on the simulator in Rust and on the
/// shipped request loop under the same faults.
pub fn soak(root: &Path, options: &[String]) -> Outcome {
    let [minutes] = numbers(options, ["--minutes"])?;
    let minutes = minutes.unwrap_or(SOAK_MINUTES);
    let time = Duration::from_secs(minutes * 60);
    build(root)?;
    // The clock picks the first seed; a run that fails names its own, so that it can be replayed.
    let mut first = std::time::UNIX_EPOCH.elapsed().map_or(1, |since| since.as_secs());
    let started = Instant::now();
    let rounds = (minutes * 5 / 2).clamp(1, FAULT_ROUNDS_MAX).to_string();
    shell::announce(&format!("node {FAULTS} --rounds {rounds} --seed {first}"));
    let arguments = [FAULTS, "--rounds", &rounds, "--seed", &first.to_string()];
    shell::run(Command::new("node").args(arguments).current_dir(root))?;
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

/// `cargo xtask bench [name…]`: the benchmarks, all or those named, each named before it runs. One
/// that fails does not keep the others from running.
pub fn bench(root: &Path, names: &[String]) -> Outcome {
    build(root)?;
    setup::npm_packages(root, BENCHES)?;
    let files = repo::files(root)?;
    let mut failed = Vec::new();
    for bench in benches(&files, names)? {
        for (_, folder) in BENCH_PACKAGES.iter().filter(|(needing, _)| *needing == bench) {
            setup::npm_packages(root, folder)?;
        }
        shell::announce(&format!("node {bench}"));
        if let Err(message) = shell::run(Command::new("node").arg(bench).current_dir(root)) {
            failed.push(message);
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(format!("a gate failed:\n{}", failed.join("\n"))) }
}

/// The files of the benchmarks with these names, or of all.
fn benches<'a>(files: &'a [String], names: &[String]) -> Outcome<Vec<&'a str>> {
    let name_of = |path: &'a str| Some((path.strip_suffix(".bench.mjs")?.rsplit('/').next()?, path));
    let present: Vec<(&str, &str)> = files.iter().filter_map(|path| name_of(path)).collect();
    if let Some(unknown) = names.iter().find(|name| !present.iter().any(|(known, _)| known == name)) {
        let known: Vec<&str> = present.iter().map(|(known, _)| *known).collect();
        return Err(format!("no benchmark `{unknown}`; there are: {}", known.join(", ")));
    }
    if present.is_empty() {
        return Err("there is no *.bench.mjs file to run".to_owned());
    }
    let wanted = |(known, _): &(&str, &str)| names.is_empty() || names.iter().any(|name| name == known);
    Ok(present.into_iter().filter(wanted).map(|(_, path)| path).collect())
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
    fn benchmarks_run_all_or_by_name() {
        let files = ["bench/hash.bench.mjs", "bench/harness.mjs", "bench/start.bench.mjs"].map(str::to_owned);
        let chosen = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
            benches(&files, &names).map(|paths| paths.into_iter().map(str::to_owned).collect::<Vec<_>>())
        };
        assert_eq!(chosen(&[]), Ok(vec!["bench/hash.bench.mjs".to_owned(), "bench/start.bench.mjs".to_owned()]));
        assert_eq!(chosen(&["start"]), Ok(vec!["bench/start.bench.mjs".to_owned()]));
        assert!(chosen(&["harness"]).is_err_and(|message| message.contains("hash, start")));
        assert!(benches(&[], &[]).is_err());
    }

    #[test]
    fn a_demo_is_the_main_one_or_that_of_clerk() {
        let program =
            |options: &[&str]| demo_program(&options.iter().map(|&option| option.to_owned()).collect::<Vec<_>>());
        assert_eq!(program(&[]), Ok(DEMO));
        assert_eq!(program(&["--clerk"]), Ok(CLERK_DEMO));
        assert!(program(&["--clark"]).is_err() && program(&["--clerk", "--clerk"]).is_err());
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
