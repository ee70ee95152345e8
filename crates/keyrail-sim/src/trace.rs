//! A history for people.

use crate::check::Summary;
use crate::history::{Entry, Line};
use crate::scenario::START_MS;

/// One line of text for each line of a history; clocks and rows only when `is_verbose`.
pub fn of(lines: &[Line], is_verbose: bool) -> String {
    let texts = lines.iter().enumerate().filter_map(|(place, line)| {
        let text = match line {
            Line::Arrive { t, op, process, command } => format!("{} p{process} #{op} {command:?}", since(*t)),
            Line::Answer { t, op, answer } => format!("{}    #{op} → {answer}", since(*t)),
            Line::Fault { op, error } => format!("           #{op} failed: {error}"),
            Line::Edit { t, node, edited } => format!("{} somebody edits node {node}: {edited:?}", since(*t)),
            Line::Crash { t, process } => format!("{} p{process} crashes", since(*t)),
            Line::End { t } => format!("{} end", since(*t)),
            Line::Clock { process, now_ms } if is_verbose => format!("           p{process} sees {now_ms}"),
            Line::Clock { .. } => return None,
            Line::Commit(commit) => {
                let mut text = format!("{} tree {} commits", since(commit.t), commit.tree);
                for entry in &commit.entries {
                    let Entry { seq, op, kind, node, amount, at_ms, .. } = entry;
                    let op = op.map_or(format!("node {node}"), |op| format!("#{op}"));
                    text.push_str(&format!(" [{seq} {op} {kind} {amount} at {at_ms}]"));
                }
                if is_verbose {
                    text.push_str(&format!(" {:?}", commit.nodes));
                }
                text
            }
        };
        Some(format!("{:>5} {text}", place + 1))
    });
    texts.collect::<Vec<String>>().join("\n")
}

/// The verdict on sound histories.
pub fn sound(summary: &Summary) -> String {
    let Summary { commands, answers, reads, entries, edits, lost } = summary;
    format!(
        "sound: {commands} commands, {answers} answers ({reads} of them wrote nothing), {entries} entries, {edits} edits taken in, {lost} lost to faults"
    )
}

fn since(t: i64) -> String {
    format!("{:>9.3}s", (t - START_MS) as f64 / 1_000.0)
}
