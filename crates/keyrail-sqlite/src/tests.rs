//! What the contract cannot ask: full disks, other hands on a row, and rows that clash behind every check.

use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::calls;
use crate::connection::{Locked, Purpose, Synchronous, open};
use crate::{Operation, Packed, Store};

/// A file that goes with the test.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("keyrail-sqlite-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder.join("keys.db"))
    }

    fn writer(&self) -> Connection {
        open(&self.0, Synchronous::Normal, Purpose::Write).unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(self.0.parent().unwrap());
    }
}

/// Commits as JavaScript packs them.
#[derive(Default)]
struct Writer {
    numbers: Vec<f64>,
    texts: Vec<Value>,
}

impl Writer {
    fn numbers(&mut self, numbers: &[f64]) -> &mut Self {
        self.numbers.extend_from_slice(numbers);
        self
    }

    fn texts(&mut self, texts: &[Value]) -> &mut Self {
        self.texts.extend_from_slice(texts);
        self
    }

    fn packed(&self) -> Packed {
        Packed { numbers: self.numbers.clone(), texts: Value::from(self.texts.clone()).to_string() }
    }
}

const NONE: f64 = f64::NAN;

/// A commit of one tree that puts its root under a name, with the version that it must have, and entries beside it.
struct RootCommit<'a> {
    id: f64,
    name: &'a str,
    version: f64,
    entries: &'a [f64],
}

impl<'a> RootCommit<'a> {
    fn new(id: u8, name: &'a str) -> Self {
        Self { id: f64::from(id), name, version: NONE, entries: &[] }
    }

    fn write(&self, writer: &mut Writer) {
        let Self { id, version, .. } = *self;
        writer.numbers(&[id, 1.0, 0.0, 0.0]).texts(&[json!("me")]);
        writer.numbers(&[1.0, 0.0, id, version]);
        #[allow(clippy::cast_precision_loss, reason = "a handful")]
        writer.numbers(&[1.0 + self.entries.len() as f64]);
        let path = json!(id.to_string());
        writer.numbers(&[0.0, id, 1.0, NONE, 1.0, 0.0]).texts(&[
            path,
            Value::Null,
            Value::Null,
            json!("ak_"),
            json!("acme"),
            Value::Null,
            json!(self.name),
            Value::Null,
        ]);
        writer.numbers(&[NONE, NONE, NONE, 5_500_000.0]).texts(&[Value::Null, json!("anchored")]);
        writer.numbers(&[1.0, 0.0, 1.0, NONE, -1.0, 0.0, 0.0, 1.0, 0.0, 1.0]);
        for seq in self.entries {
            writer.numbers(&[2.0, *seq, 0.0, id, 1.0, 1.0, 1.0, 1.0, 0.0, NONE, 1.0, NONE, 0.0, 0.0, 0.0]);
            writer.texts(&[Value::Null, json!(format!("{id}-{seq}")), Value::Null]);
        }
    }
}

fn packed(commits: &[RootCommit<'_>]) -> Packed {
    let mut writer = Writer::default();
    #[allow(clippy::cast_precision_loss, reason = "a handful")]
    writer.numbers(&[commits.len() as f64]);
    for commit in commits {
        commit.write(&mut writer);
    }
    writer.packed()
}

fn commit(connection: &Connection, path: &Path, commits: &[RootCommit<'_>]) -> Result<Value, &'static str> {
    let answer = calls::commit(connection, path, &[packed(commits)], &mut Locked::default()).pop().unwrap();
    answer.map(|json| serde_json::from_str::<Value>(&json).unwrap()["results"].clone()).map_err(|fault| fault.code)
}

fn names(connection: &Connection) -> Vec<String> {
    let mut statement = connection.prepare("SELECT name FROM keys ORDER BY id").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().collect::<rusqlite::Result<_>>().unwrap()
}

/// The first entry of each tree in a JSON list, as no commit of ours wrote it.
fn insert_entries_by_hand(connection: &Connection, trees: &str) {
    let insert =
        "INSERT INTO entries (tree, seq, kind, node, at, amount, asked, windows, used, overdraft, late, command)
                  SELECT value, 1, 'charge', 1, 1, 1, 1, '[]', 1, 0, 0, 'by hand' FROM json_each(?1)";
    connection.execute(insert, [trees]).unwrap();
}

/// Which of the results are of commits that were carried out.
fn done(results: &Value) -> Vec<bool> {
    results.as_array().unwrap().iter().map(|result| result["ok"] == true).collect()
}

#[test]
fn a_full_disk_is_a_clear_fault_and_leaves_nothing_half_written() {
    let place = Place::new("full");
    let connection = place.writer();
    assert_eq!(commit(&connection, &place.0, &[RootCommit::new(1, "a")]).unwrap()[0]["ok"], true);
    let pages: i64 = connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    connection.pragma_update(None, "max_page_count", pages).unwrap();
    let large = "x".repeat(100_000);
    let both = [RootCommit::new(2, "b"), RootCommit::new(3, &large)];
    assert_eq!(commit(&connection, &place.0, &both), Err("store_full"));
    assert!(connection.is_autocommit());
    assert_eq!(names(&connection), ["a"]);
    connection.pragma_update(None, "max_page_count", 1_000_000).unwrap();
    assert_eq!(commit(&connection, &place.0, &both).unwrap()[1]["ok"], true);
}

#[test]
fn rows_that_clash_behind_every_check_refuse_their_commit_alone() {
    let place = Place::new("clash");
    let connection = place.writer();
    insert_entries_by_hand(&connection, "[1]");
    let both = [
        RootCommit { entries: &[1.0], ..RootCommit::new(1, "a") },
        RootCommit { entries: &[1.0], ..RootCommit::new(2, "b") },
    ];
    let results = commit(&connection, &place.0, &both).unwrap();
    assert_eq!(results[0], json!({ "ok": false, "rows": [] }));
    assert_eq!(results[1]["ok"], true);
    assert_eq!(names(&connection), ["b"]);
}

#[test]
fn every_commit_of_a_batch_that_clashes_behind_its_checks_is_refused_and_no_other() {
    let place = Place::new("clashes");
    let connection = place.writer();
    insert_entries_by_hand(&connection, "[2, 3, 5]");
    let all = [(1, "a"), (2, "b"), (3, "c"), (4, "d"), (5, "e"), (6, "f")]
        .map(|(id, name)| RootCommit { entries: &[1.0], ..RootCommit::new(id, name) });
    let results = commit(&connection, &place.0, &all).unwrap();
    assert_eq!(done(&results), [true, false, false, true, false, true]);
    assert_eq!(names(&connection), ["a", "d", "f"]);
    assert!(connection.is_autocommit());
}

#[test]
fn a_clash_in_one_call_leaves_the_calls_beside_it_their_own_results() {
    let place = Place::new("calls");
    let connection = place.writer();
    insert_entries_by_hand(&connection, "[3]");
    let of = |id, name| RootCommit { entries: &[1.0], ..RootCommit::new(id, name) };
    let calls = [packed(&[of(1, "a"), of(2, "b")]), packed(&[of(3, "c"), of(4, "d")]), packed(&[of(5, "e")])];
    let answers = calls::commit(&connection, &place.0, &calls, &mut Locked::default());
    let of_each: Vec<_> = answers
        .into_iter()
        .map(|answer| done(&serde_json::from_str::<Value>(&answer.unwrap()).unwrap()["results"]))
        .collect();
    assert_eq!(of_each, [vec![true, true], vec![false, true], vec![true]]);
    assert_eq!(names(&connection), ["a", "b", "d", "e"]);
}

#[test]
fn a_batch_that_cannot_be_read_fails_alone_and_repeats_no_value() {
    let place = Place::new("unread");
    let connection = place.writer();
    let good = packed(&[RootCommit::new(1, "a")]);
    let numbers = |change: &dyn Fn(&mut Vec<f64>)| {
        let mut bad = packed(&[RootCommit::new(2, "secret")]);
        change(&mut bad.numbers);
        bad
    };
    let texts = |texts: &str| Packed { texts: texts.to_owned(), ..packed(&[RootCommit::new(2, "secret")]) };
    let broken = [
        numbers(&|numbers| numbers[1] = 1.5),
        numbers(&|numbers| numbers[1] = 1e16),
        numbers(&|numbers| numbers[1] = NONE),
        numbers(&|numbers| numbers[0] = 1e15),
        numbers(&|numbers| numbers[6] = 7.0),
        numbers(&|numbers| numbers.truncate(20)),
        numbers(&|numbers| numbers.push(0.0)),
        texts("[\"secret\"]"),
        texts("secret"),
        texts("[{\"name\": \"secret\"}]"),
        texts("[\"\\ud800\"]"),
    ];
    for (which, bad) in broken.into_iter().enumerate() {
        let answers = calls::commit(&connection, &place.0, &[bad, good.clone()], &mut Locked::default());
        let fault = answers[0].as_ref().unwrap_err();
        assert_eq!(fault.code, "invalid_commit", "{which}");
        assert!(!fault.message.contains("secret"), "{}", fault.message);
        assert!(answers[1].is_ok());
        assert_eq!(names(&connection), ["a"]);
    }
}

#[test]
fn a_version_never_comes_back_whoever_writes() {
    let place = Place::new("version");
    let connection = place.writer();
    let mut seen = std::collections::BTreeSet::new();
    let version = || connection.query_row("SELECT version FROM keys", [], |row| row.get::<_, i64>(0)).unwrap();
    commit(&connection, &place.0, &[RootCommit::new(1, "a")]).unwrap();
    for name in ["a", "b", "b", "a"] {
        assert!(seen.insert(version()));
        #[allow(clippy::cast_precision_loss, reason = "a handful")]
        let expected = version() as f64;
        commit(&connection, &place.0, &[RootCommit { version: expected, ..RootCommit::new(1, name) }]).unwrap();
        assert!(seen.insert(version()));
        connection.execute("UPDATE keys SET name = name", []).unwrap();
    }
    connection.execute_batch("DELETE FROM keys; INSERT INTO keys (id, name) VALUES (1, 'a')").unwrap();
    assert!(seen.insert(version()));
}

#[test]
fn what_is_shown_is_whole_cents_and_an_edit_is_told() {
    let place = Place::new("edit");
    let connection = place.writer();
    commit(&connection, &place.0, &[RootCommit::new(1, "a")]).unwrap();
    let shown = || {
        let select = "SELECT budget_cents, budget_used_cents FROM keys";
        connection.query_row(select, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))).unwrap()
    };
    let read = || {
        let answer = calls::read(&connection, &place.0, r#"[{"id": 1}]"#).unwrap();
        serde_json::from_str::<Value>(&answer).unwrap()["chains"][0][0].clone()
    };
    assert_eq!(shown(), (5, -1));
    assert_eq!((&read()["capMicrocents"], &read()["edited"]), (&json!(5_500_000), &Value::Null));
    connection.execute("UPDATE keys SET budget_cents = 7, budget_used_cents = 2, budget_reset_at = 9", []).unwrap();
    let row = read();
    assert_eq!(row["capMicrocents"], 7_000_000);
    assert_eq!((&row["spentMicrocents"], &row["resetAt"]), (&json!(-1), &Value::Null));
    assert_eq!(row["edited"], json!({ "usedCents": 2, "resetAt": 9 }));
    connection
        .execute("UPDATE keys SET budget_cents = 9223372036854775807, budget_used_cents = -9223372036854775807", [])
        .unwrap();
    assert_eq!(read()["capMicrocents"], json!(9_007_199_254_000_000_i64));
    assert_eq!(read()["edited"]["usedCents"], json!(-9_007_199_254_i64));
}

#[test]
fn a_store_answers_from_its_threads_and_refuses_after_its_close() {
    let place = Place::new("threads");
    let store = Store::new(&place.0, Synchronous::Full);
    let (sender, answers) = channel();
    let call = |operation, text: &str| {
        let sender = sender.clone();
        store.call(operation, text.to_owned(), Box::new(move |answer| sender.send(answer).unwrap()));
        answers.recv().unwrap()
    };
    assert_eq!(call(Operation::Allocate, "2"), r#"{"ok":[1,2]}"#);
    assert!(call(Operation::Read, "[]").starts_with(r#"{"ok":{"chains":[]"#));
    assert!(call(Operation::List, "{").contains("invalid_commit"));
    let closed = sender.clone();
    store.close(Box::new(move |answer| closed.send(answer).unwrap()));
    assert_eq!(answers.recv().unwrap(), r#"{"ok":null}"#);
    assert!(call(Operation::Allocate, "1").contains("store_closed"));
}

#[test]
fn a_file_that_stays_locked_is_busy_at_first_and_then_a_fault() {
    let place = Place::new("locked");
    let (connection, other) = (place.writer(), place.writer());
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let batch = [packed(&[RootCommit::new(1, "a")])];
    let mut locked = Locked::default();
    let mut attempt = || calls::commit(&connection, &place.0, &batch, &mut locked).pop().unwrap();
    assert!(attempt().unwrap().contains("\"busy\":true"));
    let fault = loop {
        match attempt() {
            Ok(answer) => assert!(answer.contains("\"busy\":true"), "{answer}"),
            Err(fault) => break fault,
        }
    };
    assert_eq!((fault.code, fault.definite), ("store_busy", true));
    other.execute_batch("ROLLBACK").unwrap();
    assert!(attempt().unwrap().contains("\"ok\":true"));
}
