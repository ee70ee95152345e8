//! `keyrail-sim`: plays and judges seeded runs.
//!
//! ```text
//! keyrail-sim --seed S [--steps N] [--verbose]        plays one run, tells it and judges it
//! keyrail-sim --from S --seeds N [--steps N]          plays so many runs and judges them
//! keyrail-sim scenarios --from S --seeds N --into DIR writes scenarios for another producer
//! keyrail-sim scripts --into FILE                     writes the scripts of `keyrail/testing`
//! keyrail-sim check [--commits] FILE...               judges histories, or only what was committed
//! ```

use keyrail_sim::check::{Summary, Violation, check, check_commits};
use keyrail_sim::history::{self, Line};
use keyrail_sim::scenario::generate;
use keyrail_sim::{run, scripts, trace};
use std::ops::Range;
use std::path::Path;
use std::process::ExitCode;

const STEPS: usize = 200;
const USAGE: &str = "say --seed S, or --from S --seeds N, or check FILE";

type Judge = fn(&[Line]) -> Result<Summary, Violation>;

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
    let steps = number(arguments, "--steps")?.map_or(STEPS, |steps| steps as usize);
    let seeds = match (number(arguments, "--from")?, number(arguments, "--seeds")?) {
        (Some(first), Some(count)) => Some(first..first.saturating_add(count)),
        _ => None,
    };
    match (arguments.first().map(String::as_str), number(arguments, "--seed")?, seeds) {
        (Some("check"), ..) => judge(&arguments[1..]),
        (Some("scripts"), ..) => write_scripts(text_after(arguments, "--into")?),
        (Some("scenarios"), _, Some(seeds)) => write_scenarios(seeds, steps, text_after(arguments, "--into")?),
        (Some(word), ..) if !word.starts_with("--") => Err(format!("`{word}` is no command; {USAGE}")),
        (_, Some(seed), _) => tell(seed, steps, arguments.iter().any(|argument| argument == "--verbose")),
        (_, _, Some(seeds)) => play(seeds, steps),
        _ => Err(USAGE.to_owned()),
    }
}

fn tell(seed: u64, steps: usize, is_verbose: bool) -> Result<String, String> {
    let lines = run::run(&generate(seed, steps));
    println!("{}", trace::of(&lines, is_verbose));
    verdict(&lines).map(|summary| trace::sound(&summary)).map_err(|text| format!("seed {seed}: {text}"))
}

fn play(seeds: Range<u64>, steps: usize) -> Result<String, String> {
    let mut total = Summary::default();
    for seed in seeds.clone() {
        let lines = run::run(&generate(seed, steps));
        total += verdict(&lines).map_err(|text| format!("cargo xtask sim --seed {seed} --steps {steps}\n{text}"))?;
    }
    Ok(format!("seeds {} to {}: {}", seeds.start, seeds.end.saturating_sub(1), trace::sound(&total)))
}

fn write_scenarios(seeds: Range<u64>, steps: usize, folder: &str) -> Result<String, String> {
    for seed in seeds.clone() {
        let lines: Result<Vec<String>, _> = generate(seed, steps).lines.iter().map(serde_json::to_string).collect();
        let text = lines.map_err(|error| error.to_string())?.join("\n");
        let file = Path::new(folder).join(format!("{seed}.scenario"));
        std::fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(format!("{} scenarios", seeds.end - seeds.start))
}

/// Leaves a file that is right as it is, so that nothing is built anew for it.
fn write_scripts(file: &str) -> Result<String, String> {
    let text = scripts::typescript();
    if std::fs::read_to_string(file).is_ok_and(|written| written == text) {
        return Ok(format!("{file} is current"));
    }
    std::fs::write(file, &text).map_err(|error| format!("{file}: {error}"))?;
    Ok(format!("{file}: {} bytes", text.len()))
}

fn judge(arguments: &[String]) -> Result<String, String> {
    let (judge, files): (Judge, _) = match arguments {
        [first, files @ ..] if first == "--commits" => (check_commits, files),
        files => (check, files),
    };
    let mut total = Summary::default();
    let mut violations = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
        let lines = history::read(&text).map_err(|error| format!("{file}: {error}"))?;
        match judge(&lines) {
            Ok(summary) => total += summary,
            Err(violation) => violations.push(format!("{file}: {violation}")),
        }
    }
    if violations.is_empty() { Ok(trace::sound(&total)) } else { Err(violations.join("\n")) }
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

fn text_after<'a>(arguments: &'a [String], flag: &str) -> Result<&'a str, String> {
    let place = arguments.iter().position(|argument| argument == flag);
    let text = place.and_then(|place| arguments.get(place + 1));
    text.map(String::as_str).ok_or_else(|| format!("{flag} takes a path"))
}
