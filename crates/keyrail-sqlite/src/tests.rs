//! What the contract cannot ask: full disks, other hands on a row, and rows that clash behind every check.

use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::calls;
use crate::connection::{Locked, Purpose, Synchronous, open};
use crate::{Operation, Store};

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

fn node(id: i64, name: &str) -> Value {
    json!({
        "kind": "node", "id": id, "tree": id, "parentId": null, "path": id.to_string(), "hash": null, "subject": null,
        "keyPrefix": "ak_", "accountId": "acme", "userId": null, "name": name, "delegatedBy": null, "scopes": null,
        "createdAt": 1, "expiresAt": null, "revokedAt": null, "lastUsedAt": null, "capMicrocents": 5_500_000,
        "period": null, "alignment": "anchored", "anchorAt": 1, "window": 0, "windowStart": 1, "resetAt": null,
        "spentMicrocents": -1, "buckets": [], "trueToSeq": 0, "root": { "seq": 0, "greatestNow": 1 }, "edited": null,
    })
}

fn entry(tree: i64, seq: i64) -> Value {
    json!({
        "kind": "entry", "tree": tree, "seq": seq, "entryKind": "charge", "node": tree, "at": 1, "amountMicrocents": 1,
        "askedMicrocents": 1, "windows": [0], "hold": null, "expiresAt": null, "usedMicrocents": 1,
        "remainingMicrocents": null, "overdraftMicrocents": 0, "late": false, "command": format!("{tree}-{seq}"),
        "idempotency": null, "metadata": null,
    })
}

/// A commit that puts a node of this version, and rows beside it.
fn commit_of(row: &Value, version: &Value, beside: &[Value]) -> Value {
    let mut puts = vec![row.clone()];
    puts.extend_from_slice(beside);
    json!({
        "tree": row["tree"], "now": 1, "clock": "injected", "owner": "me", "claims": false,
        "checks": [{ "ref": { "node": row["id"] }, "version": version }], "puts": puts,
    })
}

fn commit(connection: &Connection, path: &Path, commits: &[Value]) -> Result<Value, &'static str> {
    let text = Value::from(commits).to_string();
    let answer = calls::commit(connection, path, &[&text], &mut Locked::default()).pop().unwrap();
    answer.map(|json| serde_json::from_str::<Value>(&json).unwrap()["results"].clone()).map_err(|fault| fault.code)
}

fn names(connection: &Connection) -> Vec<String> {
    let mut statement = connection.prepare("SELECT name FROM keys ORDER BY id").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().collect::<rusqlite::Result<_>>().unwrap()
}

#[test]
fn a_full_disk_is_a_clear_fault_and_leaves_nothing_half_written() {
    let place = Place::new("full");
    let connection = place.writer();
    assert_eq!(commit(&connection, &place.0, &[commit_of(&node(1, "a"), &Value::Null, &[])]).unwrap()[0]["ok"], true);
    let pages: i64 = connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    connection.pragma_update(None, "max_page_count", pages).unwrap();
    let large = "x".repeat(100_000);
    let both = [commit_of(&node(2, "b"), &Value::Null, &[]), commit_of(&node(3, &large), &Value::Null, &[])];
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
    connection
        .execute_batch(
            "INSERT INTO entries (tree, seq, kind, node, at, amount, asked, windows, used, overdraft, late, command)
             VALUES (1, 1, 'charge', 1, 1, 1, 1, '[]', 1, 0, 0, 'by hand')",
        )
        .unwrap();
    let both = [
        commit_of(&node(1, "a"), &Value::Null, &[entry(1, 1)]),
        commit_of(&node(2, "b"), &Value::Null, &[entry(2, 1)]),
    ];
    let results = commit(&connection, &place.0, &both).unwrap();
    assert_eq!(results[0], json!({ "ok": false, "rows": [] }));
    assert_eq!(results[1]["ok"], true);
    assert_eq!(names(&connection), ["b"]);
}

#[test]
fn a_batch_that_cannot_be_read_fails_alone_and_repeats_no_value() {
    let place = Place::new("unread");
    let connection = place.writer();
    let good = Value::from(vec![commit_of(&node(1, "a"), &Value::Null, &[])]).to_string();
    let answers = calls::commit(&connection, &place.0, &["[{\"tree\": \"secret\"}]", &good], &mut Locked::default());
    let fault = answers[0].as_ref().unwrap_err();
    assert_eq!(fault.code, "invalid_commit");
    assert!(!fault.message.contains("secret"), "{}", fault.message);
    assert!(answers[1].is_ok());
    assert_eq!(names(&connection), ["a"]);
}

#[test]
fn a_version_never_comes_back_whoever_writes() {
    let place = Place::new("version");
    let connection = place.writer();
    let mut seen = std::collections::BTreeSet::new();
    let version = || connection.query_row("SELECT version FROM keys", [], |row| row.get::<_, i64>(0)).unwrap();
    commit(&connection, &place.0, &[commit_of(&node(1, "a"), &Value::Null, &[])]).unwrap();
    for name in ["a", "b", "b", "a"] {
        assert!(seen.insert(version()));
        commit(&connection, &place.0, &[commit_of(&node(1, name), &json!(version()), &[])]).unwrap();
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
    commit(&connection, &place.0, &[commit_of(&node(1, "a"), &Value::Null, &[])]).unwrap();
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
    let text = Value::from(vec![commit_of(&node(1, "a"), &Value::Null, &[])]).to_string();
    let mut locked = Locked::default();
    let mut attempt = || calls::commit(&connection, &place.0, &[&text], &mut locked).pop().unwrap();
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
