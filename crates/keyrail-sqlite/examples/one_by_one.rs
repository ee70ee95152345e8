//! The other side of `bench/sqlite.bench.mjs`: one synced transaction per charge, one conditional UPDATE in each.
//!
//! Reads from stdin, a line each, how many charges to make, and prints how many ns one took. Nothing of
//! JavaScript is in its way.

use std::error::Error;
use std::io::{BufRead, Write, stdin, stdout};
use std::time::Instant;

use rusqlite::Connection;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("give the path of a file that does not exist")?;
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute_batch(
        "CREATE TABLE keys (id INTEGER PRIMARY KEY, key_hash TEXT UNIQUE, budget_cents INTEGER, budget_used_cents INTEGER);
         INSERT INTO keys VALUES (1, 'hash', 1000000000, 0)",
    )?;
    let charge = "UPDATE keys SET budget_used_cents = budget_used_cents + 1
                  WHERE key_hash = 'hash' AND budget_used_cents + 1 <= budget_cents";
    let mut statement = connection.prepare(charge)?;
    for line in stdin().lock().lines() {
        let count: u32 = line?.parse()?;
        let started = Instant::now();
        for _ in 0..count {
            if statement.execute([])? != 1 {
                return Err("a charge was refused".into());
            }
        }
        writeln!(stdout(), "{}", started.elapsed().as_nanos() / u128::from(count.max(1)))?;
        stdout().flush()?;
    }
    Ok(())
}
