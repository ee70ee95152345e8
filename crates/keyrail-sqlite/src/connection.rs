//! Opening a file: whose it is, of which schema, and how it is written.

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, ErrorCode, OpenFlags, Result, Transaction, TransactionBehavior};

use crate::fault::Fault;
use crate::schema::{APPLICATION_ID, SCHEMA_VERSION, statements};

/// Attempts for the lock of another process: about a tenth of a second, after which a commit is answered as busy.
const ATTEMPTS_MAX: i32 = 250;
/// The shortest pause between two. A transaction takes a few ms, of which most is its sync.
const PAUSE_MICROS: u32 = 200;
/// How often those attempts are made where nobody would try again.
const PATIENCE: u32 = 20;
/// All statements of this crate, and room for more.
const STATEMENTS_MAX: usize = 64;

/// When a transaction is on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Synchronous {
    /// Before it is answered.
    Full,
    /// Soon: the last ones may be lost with the machine's power, whole, and nothing else.
    Normal,
}

/// How long a file may be locked without a break before calls fail rather than being told to try again.
const LOCKED_MAX: Duration = Duration::from_secs(3);
/// Attempts that are further apart than this were not for the same lock.
const SAME_LOCK: Duration = Duration::from_secs(1);

/// Since when another process has had the file to itself.
#[derive(Default)]
pub struct Locked(Option<(Instant, Instant)>);

impl Locked {
    /// Notes an attempt that did not get the file. Says whether that has gone on for too long.
    pub fn still(&mut self) -> bool {
        let now = Instant::now();
        let since = match self.0 {
            Some((since, last)) if now.duration_since(last) < SAME_LOCK => since,
            _ => now,
        };
        self.0 = Some((since, now));
        now.duration_since(since) > LOCKED_MAX
    }

    /// Notes an attempt that did.
    pub fn ended(&mut self) {
        self.0 = None;
    }
}

/// What a thread does with its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Transactions that write.
    Write,
    /// Nothing is written.
    Read,
}

/// A file that is ready for use; made if it is not there.
pub fn open(path: &Path, synchronous: Synchronous, purpose: Purpose) -> std::result::Result<Connection, Fault> {
    let fault = |error: rusqlite::Error| Fault::of(&error, path);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(fault)?;
    connection.busy_handler(Some(wait)).map_err(fault)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    let is_empty = match patiently(|| state(&connection)).map_err(fault)? {
        State::Empty => true,
        State::Ours(version) if version <= SCHEMA_VERSION => false,
        State::Ours(version) => return Err(newer(path, version)),
        State::Foreign => return Err(foreign(path)),
    };
    patiently(|| connection.pragma_update(None, "journal_mode", "WAL")).map_err(fault)?;
    let level = if synchronous == Synchronous::Full { "FULL" } else { "NORMAL" };
    connection.pragma_update(None, "synchronous", level).map_err(fault)?;
    // Of some statements SQLite keeps a copy of every page they change: without this the copies are written to files.
    connection.pragma_update(None, "temp_store", "MEMORY").map_err(fault)?;
    if is_empty {
        patiently(|| create(&connection)).map_err(fault)?;
    }
    if purpose == Purpose::Read {
        connection.pragma_update(None, "query_only", true).map_err(fault)?;
    }
    Ok(connection)
}

/// What a file holds.
enum State {
    Empty,
    /// With this schema.
    Ours(i64),
    Foreign,
}

fn state(connection: &Connection) -> Result<State> {
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let version = number("user_version")?;
    if number("application_id")? == APPLICATION_ID {
        return Ok(State::Ours(version));
    }
    let objects: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(if objects == 0 && version == 0 { State::Empty } else { State::Foreign })
}

/// Makes the tables, unless another process was quicker.
fn create(connection: &Connection) -> Result<()> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    if matches!(state(&transaction)?, State::Empty) {
        for statement in statements() {
            transaction.execute_batch(&statement)?;
        }
    }
    transaction.commit()
}

/// Tries again while another process is at it. SQLite asks no busy handler when the journal changes its kind.
pub fn patiently<T>(mut attempt: impl FnMut() -> Result<T>) -> Result<T> {
    for _ in 1..PATIENCE {
        match attempt() {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => wait(0),
            done => return done,
        };
    }
    attempt()
}

/// Waits for another process's transaction, each time a little differently, so that nobody always comes last.
fn wait(attempts: i32) -> bool {
    if attempts >= ATTEMPTS_MAX {
        return false;
    }
    let jitter = UNIX_EPOCH.elapsed().map_or(0, |since| since.subsec_nanos() / 100 % (2 * PAUSE_MICROS));
    sleep(Duration::from_micros(u64::from(PAUSE_MICROS + jitter)));
    true
}

/// Our time, in ms.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn newer(path: &Path, version: i64) -> Fault {
    Fault::new(
        "store_newer",
        format!(
            "{} was written by a newer keyrail (its schema is {version}, this one knows {SCHEMA_VERSION}); update this process",
            path.display()
        ),
    )
}

fn foreign(path: &Path) -> Fault {
    Fault::new(
        "store_foreign",
        format!("{} is a database of another program; keyrail needs a file of its own", path.display()),
    )
}
