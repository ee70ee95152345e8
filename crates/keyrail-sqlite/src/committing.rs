//! Commits: every check first, then the puts; each commit of a batch all or nothing by itself.
//!
//! What a put meets that no check looks at, as where somebody changed rows by hand, ends the whole transaction, and the
//! round is begun again without that commit: a savepoint for each would copy every page before it is changed.

use std::collections::BTreeSet;

use rusqlite::{Connection, ErrorCode, OptionalExtension, Result, params};

use crate::commits::{Check, Commit, Put, RowRef};
use crate::reading::row_of;
use crate::rows::{CommitResult, Row};
use crate::{entries, holds, nodes};

/// How long a claim keeps other processes from a tree, in ms: `CLAIM_MS` of `store/shape.ts`.
pub const CLAIM_MS: i64 = 200;
/// How far a process's clock may be from ours, in ms: `CLOCK_OFF_MAX_MS` of `store/shape.ts`.
pub const CLOCK_OFF_MAX_MS: i64 = 60_000;

/// The commits of one transaction, which its caller begins and ends.
pub struct Round<'a> {
    connection: &'a Connection,
    /// Our time, in ms.
    now: i64,
    /// The last version that was given out.
    version: i64,
    /// Whether anything was written.
    is_dirty: bool,
    /// The commits, by their place in the round, whose puts an earlier try could not carry out.
    clashing: &'a mut BTreeSet<usize>,
    /// The place of the next commit.
    place: usize,
}

impl<'a> Round<'a> {
    /// A round inside a transaction that may write. Of a constraint that a put violates the place of its commit is noted
    /// in `clashing`: then the transaction is to be rolled back, where SQLite has not done so itself, and the same commits
    /// make another round.
    pub fn begin(connection: &'a Connection, now: i64, clashing: &'a mut BTreeSet<usize>) -> Result<Self> {
        let mut statement = connection.prepare_cached("SELECT value FROM counters WHERE name = 'version'")?;
        let version = statement.query_row([], |row| row.get(0))?;
        Ok(Self { connection, now, version, is_dirty: false, clashing, place: 0 })
    }

    /// Notes how far versions were given out. Says whether anything was written.
    pub fn finish(self) -> Result<bool> {
        if self.is_dirty {
            let mut statement =
                self.connection.prepare_cached("UPDATE counters SET value = ?1 WHERE name = 'version'")?;
            statement.execute([self.version])?;
        }
        Ok(self.is_dirty)
    }

    /// Carries out one commit, or says why not.
    pub fn commit(&mut self, commit: &Commit) -> Result<CommitResult> {
        let claim = self.claim(commit.tree)?;
        let is_kept = claim.as_ref().is_some_and(|(owner, until)| *owner != commit.owner && *until > self.now);
        let result = if commit.is_system_time && commit.now.abs_diff(self.now) > CLOCK_OFF_MAX_MS.unsigned_abs() {
            CommitResult::CLOCK_OFF
        } else if is_kept {
            CommitResult::BUSY
        } else {
            self.check_and_put(commit)?
        };
        self.place += 1;
        let is_done = matches!(result, CommitResult::Done { .. });
        if !is_done && commit.claims && !is_kept {
            self.keep(commit)?;
        } else if is_done && claim.is_some() {
            self.is_dirty = true;
            self.connection.prepare_cached("DELETE FROM claims WHERE tree = ?1")?.execute([commit.tree])?;
        }
        Ok(result)
    }

    fn claim(&self, tree: i64) -> Result<Option<(String, i64)>> {
        let mut statement = self.connection.prepare_cached("SELECT owner, until FROM claims WHERE tree = ?1")?;
        statement.query_row([tree], |row| Ok((row.get(0)?, row.get(1)?))).optional()
    }

    /// Keeps others from the tree for a moment.
    fn keep(&mut self, commit: &Commit) -> Result<()> {
        self.is_dirty = true;
        let mut statement =
            self.connection.prepare_cached("INSERT OR REPLACE INTO claims (tree, owner, until) VALUES (?1, ?2, ?3)")?;
        statement.execute(params![commit.tree, commit.owner, self.now + CLAIM_MS])?;
        Ok(())
    }

    fn check_and_put(&mut self, commit: &Commit) -> Result<CommitResult> {
        let mut behind = Vec::new();
        let mut is_refused = false;
        for check in &commit.checks {
            let version = version_of(self.connection, &check.row)?;
            if matches(check, version) {
                continue;
            }
            is_refused = true;
            if version.is_some() {
                behind.extend(row_behind(self.connection, &check.row)?);
            }
        }
        for row in &commit.puts {
            if let Put::Node(node) = row {
                behind.extend(nodes::clashes(self.connection, node)?.into_iter().map(row_of));
            }
        }
        if is_refused || !behind.is_empty() || self.clashing.contains(&self.place) {
            return Ok(CommitResult::Refused { ok: false, rows: behind });
        }
        match commit.puts.iter().map(|row| self.put(row, &commit.checks)).collect::<Result<Vec<i64>>>() {
            Ok(versions) => {
                self.is_dirty |= !versions.is_empty();
                Ok(CommitResult::Done { ok: true, versions })
            }
            Err(error) => {
                if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) {
                    self.clashing.insert(self.place);
                }
                Err(error)
            }
        }
    }

    fn put(&mut self, row: &Put, checks: &[Check]) -> Result<i64> {
        let connection = self.connection;
        let mut next = || {
            self.version += 1;
            self.version
        };
        match row {
            Put::Node(node) => {
                let is_new = is_absent(checks, |row| matches!(row, RowRef::Node(id) if *id == node.id));
                nodes::put(connection, node, is_new, next)
            }
            Put::Hold(hold) => {
                let is_new = is_absent(checks, |row| matches!(row, RowRef::Hold(id) if *id == hold.id));
                let version = next();
                holds::put(connection, hold, is_new, version).map(|()| version)
            }
            Put::Entry(entry) => {
                let version = next();
                entries::put(connection, entry, version).map(|()| version)
            }
        }
    }
}

/// Whether a row is checked to be absent.
fn is_absent(checks: &[Check], is_it: impl Fn(&RowRef) -> bool) -> bool {
    checks.iter().any(|check| check.version.is_none() && is_it(&check.row))
}

/// Versions are below 2⁵³, so that every one is a number of JavaScript.
#[allow(clippy::cast_precision_loss, clippy::float_cmp, reason = "both are whole and exact, or never the same")]
fn matches(check: &Check, version: Option<i64>) -> bool {
    check.version == version.map(|version| version as f64)
}

fn version_of(connection: &Connection, row: &RowRef) -> Result<Option<i64>> {
    match row {
        RowRef::Node(id) => nodes::version(connection, *id),
        RowRef::Hold(id) => holds::version(connection, id),
        RowRef::Entry(key) => entries::version(connection, key),
    }
}

fn row_behind(connection: &Connection, row: &RowRef) -> Result<Option<Row>> {
    Ok(match row {
        RowRef::Node(id) => nodes::find(connection, nodes::BY_ID, id)?.map(row_of),
        RowRef::Hold(id) => holds::find(connection, id)?.map(Row::Hold),
        RowRef::Entry(key) => entries::by_key(connection, key)?.map(|entry| Row::Entry(Box::new(entry))),
    })
}
