//! Running other programs: say what, run it, and turn a failure into a sentence.

use std::fs::File;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The result of a step; the error is what the developer reads.
pub type Outcome<T = ()> = Result<T, String>;

/// Says what the command is about to do.
pub fn announce(step: &str) {
    println!("→ {step}");
}

/// Runs a program to its end with its output on the terminal.
pub fn run(command: &mut Command) -> Outcome {
    let status = command.stdin(Stdio::null()).status().map_err(|error| start_error(command, &error))?;
    if status.success() { Ok(()) } else { Err(format!("{} ended with {status}", line(command))) }
}

/// Runs a program to its end and returns what it printed.
pub fn output(command: &mut Command) -> Outcome<String> {
    let output =
        command.stdin(Stdio::null()).stderr(Stdio::inherit()).output().map_err(|error| start_error(command, &error))?;
    if !output.status.success() {
        return Err(format!("{} ended with {}", line(command), output.status));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("{} printed no UTF-8", line(command)))
}

/// How a program that ran into a log file ended.
pub enum Ending {
    /// By itself, with success or not.
    Exited {
        /// Whether its exit code was 0.
        success: bool,
    },
    /// Stopped after its time.
    TimedOut,
}

/// Runs a program with its output in `log`, and stops it after `limit`.
pub fn run_logged(command: &mut Command, log: &Path, limit: Duration) -> Outcome<Ending> {
    let file = File::create(log).map_err(|error| file_error("create", log, &error))?;
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::from(file)).spawn().map_err(|error| start_error(command, &error))?;
    let started = Instant::now();
    loop {
        let status = child.try_wait().map_err(|error| start_error(command, &error))?;
        if let Some(status) = status {
            return Ok(Ending::Exited { success: status.success() });
        }
        if started.elapsed() > limit {
            // It may have ended in between; either way it is gone after the wait.
            let _already_gone = child.kill();
            child.wait().map_err(|error| start_error(command, &error))?;
            return Ok(Ending::TimedOut);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The sentence for a file that could not be used.
pub fn file_error(action: &str, path: &Path, error: &io::Error) -> String {
    format!("cannot {action} {}: {error}", path.display())
}

/// Reads a text file.
pub fn read(path: &Path) -> Outcome<String> {
    std::fs::read_to_string(path).map_err(|error| file_error("read", path, &error))
}

fn start_error(command: &Command, error: &io::Error) -> String {
    let program = command.get_program().to_string_lossy();
    format!("cannot run `{program}`: {error}; is it installed and on PATH?")
}

fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let text: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    format!("`{}`", text.join(" "))
}
