//! The calls of the store contract: a JSON text or packed commits in, a JSON text out.

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior, params};
use serde::{Deserialize, Serialize};

use crate::commits::Commit;
use crate::committing::Round;
use crate::connection::{Locked, now, patiently};
use crate::fault::Fault;
use crate::packed::{self, Packed};
use crate::rows::{CommitResult, ListQuery, Ref, Row};
use crate::{reading, schema};

/// What a call of a text does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// The chains behind names.
    Read,
    /// A page of a listing.
    List,
    /// Fresh ids.
    Allocate,
    /// The statements that make the tables.
    Migrate,
}

impl Operation {
    /// By the name that the contract gives it.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "read" => Self::Read,
            "list" => Self::List,
            "allocate" => Self::Allocate,
            "migrate" => Self::Migrate,
            _ => return None,
        })
    }

    /// Whether it needs nothing but a look.
    pub fn only_reads(self) -> bool {
        matches!(self, Self::Read | Self::List)
    }
}

/// What a call gives, as JSON.
pub type Answer = Result<String, Fault>;

#[derive(Deserialize)]
struct ListCall {
    query: ListQuery,
    after: i64,
    limit: i64,
}

/// Reads the input of a call.
pub fn input<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Fault> {
    // The message of the parser may repeat a value, which may be a hash.
    serde_json::from_str(text).map_err(|error| {
        let place = format!("line {} column {}", error.line(), error.column());
        Fault::new("invalid_commit", format!("a row or a name is not what the contract says, at {place} of the call"))
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReadAnswer {
    chains: Vec<Vec<Row>>,
    store_now: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListAnswer {
    rows: Vec<Row>,
    is_more: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CommitAnswer<'a> {
    results: &'a [CommitResult],
    store_now: i64,
}

fn output(value: impl Serialize) -> Answer {
    serde_json::to_string(&value).map_err(|error| Fault::new("store_failed", format!("an answer has no JSON: {error}")))
}

/// `read`: a list of names in; their chains out.
pub fn read(connection: &Connection, path: &Path, text: &str) -> Answer {
    let refs: Vec<Ref> = input(text)?;
    let chains = patiently(|| reading::chains(connection, &refs)).map_err(|error| Fault::of(&error, path))?;
    output(ReadAnswer { chains, store_now: now() })
}

/// `list`: a page, and whether there is more.
pub fn list(connection: &Connection, path: &Path, text: &str) -> Answer {
    let ListCall { query, after, limit } = input(text)?;
    let mut rows =
        patiently(|| reading::page(connection, &query, after, limit + 1)).map_err(|error| Fault::of(&error, path))?;
    let limit = usize::try_from(limit).unwrap_or(0);
    let is_more = rows.len() > limit;
    rows.truncate(limit);
    output(ListAnswer { rows, is_more })
}

/// `allocate`: how many in; ids out that were never given and that nobody has taken.
pub fn allocate(connection: &Connection, path: &Path, text: &str) -> Answer {
    let count: i64 = input(text)?;
    let last = patiently(|| last_of(connection, count)).map_err(|error| Fault::of(&error, path))?;
    output((last - count + 1..=last).collect::<Vec<_>>())
}

fn last_of(connection: &Connection, count: i64) -> rusqlite::Result<i64> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let give = "UPDATE sqlite_sequence SET seq = max(seq, (SELECT coalesce(max(id), 0) FROM keys)) + ?1
                WHERE name = 'keys' RETURNING seq";
    let last = transaction.query_row(give, params![count], |row| row.get(0))?;
    transaction.commit()?;
    Ok(last)
}

/// `migrate`: the statements that make the tables. Opening the file has run them.
pub fn migrate() -> Answer {
    output(schema::statements())
}

/// `commit`, for several calls at once: they share one transaction and one sync.
pub fn commit(connection: &Connection, path: &Path, batches: &[Packed], locked: &mut Locked) -> Vec<Answer> {
    let calls: Vec<Result<Vec<Commit>, Fault>> = batches.iter().map(packed::commits).collect();
    let good: Vec<&[Commit]> = calls.iter().flatten().map(Vec::as_slice).collect();
    let done = round(connection, path, &good, locked);
    let mut results = done.as_ref().map(|results| results.iter());
    calls
        .iter()
        .map(|call| {
            call.as_ref().map_err(Clone::clone)?;
            match &mut results {
                Ok(results) => {
                    let results = results.next().map(Vec::as_slice).unwrap_or_default();
                    output(CommitAnswer { results, store_now: now() })
                }
                Err(fault) => Err((*fault).clone()),
            }
        })
        .collect()
}

fn round(
    connection: &Connection,
    path: &Path,
    calls: &[&[Commit]],
    locked: &mut Locked,
) -> Result<Vec<Vec<CommitResult>>, Fault> {
    let fault = |error: rusqlite::Error| Fault::of(&error, path);
    let mut clashing = BTreeSet::new();
    let carried_out = loop {
        match connection.prepare_cached("BEGIN IMMEDIATE").and_then(|mut begin| begin.execute([])) {
            Ok(_) => locked.ended(),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && !locked.still() => {
                return Ok(calls.iter().map(|call| vec![CommitResult::BUSY; call.len()]).collect());
            }
            Err(error) => return Err(fault(error)),
        }
        let known = clashing.len();
        let carried_out = carry_out(connection, calls, &mut clashing);
        if carried_out.is_ok() || clashing.len() == known {
            break carried_out;
        }
        // `OR ROLLBACK` has done it; statements without it leave the transaction as it was before them.
        if !connection.is_autocommit() {
            end(connection, "ROLLBACK").map_err(fault)?;
        }
    };
    let ended = match carried_out {
        Ok((results, true)) => {
            end(connection, "COMMIT").map(|()| results).map_err(|error| Fault::of_last_word(&error, path))
        }
        Ok((results, false)) => end(connection, "ROLLBACK").map(|()| results).map_err(fault),
        Err(error) => Err(fault(error)),
    };
    if ended.is_err() && !connection.is_autocommit() {
        // Its own failure adds nothing: the connection is given up after a fault.
        let _ = end(connection, "ROLLBACK");
    }
    ended
}

fn end(connection: &Connection, word: &'static str) -> rusqlite::Result<()> {
    connection.prepare_cached(word)?.execute([]).map(|_| ())
}

/// The results of every call, and whether anything was written.
fn carry_out(
    connection: &Connection,
    calls: &[&[Commit]],
    clashing: &mut BTreeSet<usize>,
) -> rusqlite::Result<(Vec<Vec<CommitResult>>, bool)> {
    let mut round = Round::begin(connection, now(), clashing)?;
    let mut results = Vec::with_capacity(calls.len());
    for call in calls {
        results.push(call.iter().map(|commit| round.commit(commit)).collect::<rusqlite::Result<_>>()?);
    }
    Ok((results, round.finish()?))
}
