//! Every developer command of the repository: `cargo xtask <command>`.

mod build;
mod commands;
mod digest;
mod package_texts;
mod ready;
mod remap;
mod repo;
mod setup;
mod shell;
mod size;
mod suites;
mod tally;
mod test;
mod tidy;

use std::process::ExitCode;

use shell::Outcome;

const HELP: &str = "\
usage: cargo xtask <command>

  setup                     install the WASM target and the npm packages
  build                     build npm/keyrail: addon, WASM, JavaScript, types
  test [suite…]             build, then run every suite, or the named ones
  demo [--clerk]            build, then run the demo: real HTTP calls against a cap, or by Clerk's callers
  sim --seed S [--steps N]  replay one simulated run
  soak [--minutes N]        run faults on real engines, then simulator seeds, for N minutes (default 10)
  bench [name…]             build, then run every benchmark, or the named ones; a gate that fails is an error
  size [--update]           build, then judge the sizes of what is shipped; --update accepts them
  tidy                      check the house rules that no linter knows
  ready                     everything that CI runs

KEYRAIL_NO_SKIP=1 turns a skipped suite into a failure.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(code) => code,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Outcome<ExitCode> {
    let root = repo::root();
    let Some((command, rest)) = arguments.split_first() else {
        println!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    };
    let done = match (command.as_str(), rest) {
        ("test", suites) => return test::run(&root, suites),
        ("ready", []) => return ready::run(&root),
        ("sim", options) => commands::sim(&root, options),
        ("soak", options) => commands::soak(&root, options),
        ("setup", []) => setup::run(&root),
        ("build", []) => commands::build(&root),
        ("demo", options) => commands::demo(&root, options),
        ("bench", names) => commands::bench(&root, names),
        ("size", []) => commands::build(&root).and_then(|()| size::run(&root, false)),
        ("size", [option]) if option == "--update" => commands::build(&root).and_then(|()| size::run(&root, true)),
        ("tidy", []) => tidy::run(&root),
        ("help" | "--help" | "-h", _) => {
            println!("{HELP}");
            Ok(())
        }
        (known @ ("setup" | "build" | "tidy" | "ready"), [extra, ..]) => {
            Err(format!("`{known}` takes no arguments, got `{extra}`"))
        }
        ("size", _) => Err("`size` takes `--update` or nothing".to_owned()),
        (unknown, _) => Err(format!("no command `{unknown}`; run `cargo xtask help`")),
    };
    done.map(|()| ExitCode::SUCCESS)
}
