//! `keyrail-sim`: plays and judges seeded runs.
//!
//! ```text
//! keyrail-sim run --seed S [--steps N] [--verbose]   plays one run and judges it
//! keyrail-sim scenario --seed S [--steps N]          prints a scenario for another producer
//! keyrail-sim check FILE...                          judges histories; `-` is the standard input
//! keyrail-sim soak --seconds T [--seed S] [--steps N]  plays seed after seed until the time is over
//! ```

use keyrail_sim::check::{Summary, check};
use keyrail_sim::history::{self, Line};
use keyrail_sim::scenario::generate;
use keyrail_sim::{run, trace};
use std::io::Read as _;
use std::process::ExitCode;
use std::time::{Duration, Instant};

const STEPS: usize = 200;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match carry_out(&arguments) {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(text) => {
            eprintln!("{text}");
            ExitCode::FAILURE
        }
    }
}

fn carry_out(arguments: &[String]) -> Result<String, String> {
    let seed = number(arguments, "--seed")?;
    let steps = number(arguments, "--steps")?.map_or(STEPS, |steps| steps as usize);
    match arguments.first().map(String::as_str) {
        Some("run") => {
            let seed = seed.ok_or("say which run: --seed S")?;
            let lines = run::run(&generate(seed, steps));
            let is_verbose = arguments.iter().any(|argument| argument == "--verbose");
            println!("{}", trace::of(&lines, is_verbose));
            verdict(&lines).map(|summary| trace::sound(&summary)).map_err(|text| format!("seed {seed}: {text}"))
        }
        Some("scenario") => {
            let scenario = generate(seed.ok_or("say which scenario: --seed S")?, steps);
            let lines: Result<Vec<String>, _> = scenario.lines.iter().map(serde_json::to_string).collect();
            Ok(lines.map_err(|error| error.to_string())?.join("\n"))
        }
        Some("check") => {
            let mut total = Summary::default();
            for file in arguments.iter().skip(1) {
                let lines = history::read(&text_of(file)?).map_err(|error| format!("{file}: {error}"))?;
                total += verdict(&lines).map_err(|error| format!("{file}: {error}"))?;
            }
            Ok(trace::sound(&total))
        }
        Some("soak") => {
            let seconds = number(arguments, "--seconds")?.ok_or("say how long: --seconds T")?;
            soak(seed.unwrap_or(0), steps, Duration::from_secs(seconds))
        }
        _ => Err("keyrail-sim run | scenario | check | soak; see the top of main.rs".to_owned()),
    }
}

/// Plays seed after seed until the time is over.
fn soak(first: u64, steps: usize, limit: Duration) -> Result<String, String> {
    let started = Instant::now();
    let mut total = Summary::default();
    let mut seed = first;
    while started.elapsed() < limit {
        let summary = check(&run::run(&generate(seed, steps)));
        total += summary.map_err(|violation| format!("cargo xtask sim --seed {seed} --steps {steps}\n{violation}"))?;
        seed += 1;
    }
    Ok(format!("seeds {first} to {}: {}", seed.saturating_sub(1), trace::sound(&total)))
}

fn verdict(lines: &[Line]) -> Result<Summary, String> {
    check(lines).map_err(|violation| violation.to_string())
}

/// The number after a flag.
fn number(arguments: &[String], flag: &str) -> Result<Option<u64>, String> {
    let Some(place) = arguments.iter().position(|argument| argument == flag) else { return Ok(None) };
    let number = arguments.get(place + 1).and_then(|text| text.parse().ok());
    number.map(Some).ok_or_else(|| format!("{flag} takes a whole number"))
}

fn text_of(file: &str) -> Result<String, String> {
    let mut text = String::new();
    let read = match file {
        "-" => std::io::stdin().read_to_string(&mut text).map(|_| ()),
        _ => std::fs::read_to_string(file).map(|read| text = read),
    };
    read.map(|()| text).map_err(|error| format!("{file}: {error}"))
}
