//! The tables: columns that people can query and edit, and versions that change whoever writes.

/// The number that a file of this schema carries in `user_version`.
pub const SCHEMA_VERSION: i64 = 1;
/// "Keyr", by which a file says whose it is.
pub const APPLICATION_ID: i64 = 0x4b65_7972;

/// The keys and subjects. Times in ms, public amounts in whole cents, exact ones in microcents.
///
/// In a row that only somebody else has written the columns `keyrail_…` are null.
const KEYS: &str = "CREATE TABLE keys (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id TEXT,
  key_hash TEXT UNIQUE,
  key_prefix TEXT NOT NULL DEFAULT '',
  name TEXT NOT NULL DEFAULT 'default',
  created_at INTEGER NOT NULL DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER)),
  last_used_at INTEGER,
  revoked_at INTEGER,
  user_id TEXT,
  scopes TEXT CHECK (scopes IS NULL OR json_type(scopes) = 'array'),
  budget_cents INTEGER,
  budget_used_cents INTEGER NOT NULL DEFAULT 0,
  budget_period TEXT CHECK (budget_period IN ('hour', 'day', 'week', 'month')),
  budget_reset_at INTEGER,
  expires_at INTEGER,
  delegated_by TEXT,
  external_subject TEXT UNIQUE,
  keyrail_tree INTEGER,
  keyrail_parent INTEGER,
  keyrail_path TEXT,
  keyrail_cap INTEGER,
  keyrail_spent INTEGER,
  keyrail_alignment TEXT,
  keyrail_anchor_at INTEGER,
  keyrail_window INTEGER,
  keyrail_window_start INTEGER,
  keyrail_reset_at INTEGER,
  keyrail_buckets TEXT CHECK (keyrail_buckets IS NULL OR json_type(keyrail_buckets) = 'array'),
  keyrail_true_to_seq INTEGER,
  keyrail_seq INTEGER,
  keyrail_now INTEGER,
  version INTEGER NOT NULL DEFAULT 0
) STRICT";

const HOLDS: &str = "CREATE TABLE holds (
  id TEXT PRIMARY KEY,
  tree INTEGER NOT NULL,
  node INTEGER NOT NULL,
  amount INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  windows TEXT NOT NULL,
  state TEXT NOT NULL,
  ended_at INTEGER,
  settled_cost INTEGER,
  settled_overdraft INTEGER,
  settled_late INTEGER,
  version INTEGER NOT NULL DEFAULT 0
) STRICT";

const ENTRIES: &str = "CREATE TABLE entries (
  tree INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  kind TEXT NOT NULL,
  node INTEGER NOT NULL,
  at INTEGER NOT NULL,
  amount INTEGER NOT NULL,
  asked INTEGER NOT NULL,
  windows TEXT NOT NULL,
  hold TEXT,
  expires_at INTEGER,
  used INTEGER NOT NULL,
  remaining INTEGER,
  overdraft INTEGER NOT NULL,
  late INTEGER NOT NULL,
  command TEXT NOT NULL,
  method TEXT,
  idempotency_key TEXT,
  metadata TEXT,
  version INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (tree, seq)
) STRICT";

/// Every statement, in order. They run in one transaction, on a file that has none of them.
pub fn statements() -> Vec<String> {
    let mut all: Vec<String> = [
        KEYS,
        HOLDS,
        ENTRIES,
        "CREATE TABLE claims (tree INTEGER PRIMARY KEY, owner TEXT NOT NULL, until INTEGER NOT NULL) STRICT",
        "CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID",
        "INSERT INTO counters (name, value) VALUES ('version', 0)",
        // The ids that were given: SQLite itself counts those in it that people take.
        "INSERT INTO sqlite_sequence (name, seq) VALUES ('keys', 0)",
        "CREATE INDEX keys_tree ON keys (keyrail_tree)",
        "CREATE INDEX keys_account ON keys (account_id)",
        // By the command first, which begins with its process and counts up: entries of many trees lie side by side.
        "CREATE UNIQUE INDEX entries_command ON entries (command, tree)",
        "CREATE UNIQUE INDEX entries_once ON entries (node, method, idempotency_key) WHERE idempotency_key IS NOT NULL",
    ]
    .map(str::to_owned)
    .to_vec();
    for table in ["keys", "holds", "entries"] {
        all.push(version_trigger(table, "INSERT", "NEW.version = 0"));
        all.push(version_trigger(table, "UPDATE", "NEW.version = OLD.version"));
    }
    all.push(format!("PRAGMA application_id = {APPLICATION_ID}"));
    all.push(format!("PRAGMA user_version = {SCHEMA_VERSION}"));
    all
}

/// Whoever writes a row without a number of the counter gets one here: no version comes twice.
fn version_trigger(table: &str, event: &str, unnumbered: &str) -> String {
    let name = event.to_lowercase();
    format!(
        "CREATE TRIGGER {table}_{name}_version AFTER {event} ON {table} WHEN {unnumbered} BEGIN
  UPDATE counters SET value = value + 1 WHERE name = 'version';
  UPDATE {table} SET version = (SELECT value FROM counters WHERE name = 'version') WHERE rowid = NEW.rowid;
END"
    )
}
