/** What Keyrail needs beside the table of keys, made where it is missing and left alone where it is there. */
import { commitFunction } from "./commit-sql.js";
import { literal, type TableNames } from "./table-names.js";

/**
 * How full a page of the table of keys is made: every charge writes its rows anew, and a new version
 * that finds room beside the old one needs no new entry in any index.
 */
const FILL_PERCENT = 50;

/** Whoever waits for a table's lock holds up everybody who comes after him. */
const LOCK_TIMEOUT = "3s";

/** The columns that agentkey adds to a table of keys. */
const AGENTKEY_COLUMNS = {
  user_id: "text",
  scopes: "text[]",
  budget_cents: "integer",
  budget_used_cents: "integer DEFAULT 0",
  budget_period: "text",
  budget_reset_at: "timestamptz",
  expires_at: "timestamptz",
  delegated_by: "text",
  external_subject: "text",
};

/** Keyrail's own. In a row that it has never written they are all null. */
const KEYRAIL_COLUMNS = {
  keyrail_tree: "bigint",
  keyrail_parent: "bigint",
  keyrail_path: "text",
  keyrail_cap: "bigint",
  keyrail_spent: "bigint",
  keyrail_alignment: "text",
  keyrail_anchor_at: "bigint",
  keyrail_window: "bigint",
  keyrail_window_start: "bigint",
  keyrail_reset_at: "bigint",
  keyrail_buckets: "bigint[]",
  keyrail_true_to_seq: "bigint",
  keyrail_seq: "bigint",
  keyrail_now: "bigint",
};

/** The statements, each of which changes nothing the second time. */
export function schemaStatements(names: TableNames): string[] {
  const { keys, holds, entries, claims } = names;
  return [
    `CREATE TABLE IF NOT EXISTS ${keys} (id serial PRIMARY KEY, account_id text, key_hash text NOT NULL UNIQUE, key_prefix text NOT NULL, name text NOT NULL DEFAULT 'default', created_at timestamptz DEFAULT now(), last_used_at timestamptz, revoked_at timestamptz) WITH (fillfactor = ${FILL_PERCENT})`,
    addColumns(keys, { ...AGENTKEY_COLUMNS, ...KEYRAIL_COLUMNS }),
    uniqueSubject(names),
    index(names, "tree", `${keys} (keyrail_tree)`),
    index(names, "account", `${keys} (account_id)`),
    `CREATE TABLE IF NOT EXISTS ${holds} (id text PRIMARY KEY, tree bigint NOT NULL, node bigint NOT NULL, amount bigint NOT NULL, created_at bigint NOT NULL, expires_at bigint NOT NULL, windows bigint[] NOT NULL, state text NOT NULL, ended_at bigint, settled_cost bigint, settled_overdraft bigint, settled_late boolean)`,
    `CREATE TABLE IF NOT EXISTS ${entries} (tree bigint NOT NULL, seq bigint NOT NULL, kind text NOT NULL, node bigint NOT NULL, at bigint NOT NULL, amount bigint NOT NULL, asked bigint NOT NULL, windows bigint[] NOT NULL, hold text, expires_at bigint, used bigint NOT NULL, remaining bigint, overdraft bigint NOT NULL, late boolean NOT NULL, command text NOT NULL, method text, idempotency_key text, metadata json, PRIMARY KEY (tree, seq))`,
    index(names, "command", `${entries} (command, tree)`, "UNIQUE"),
    index(names, "once", `${entries} (node, method, idempotency_key) WHERE idempotency_key IS NOT NULL`, "UNIQUE"),
    `CREATE TABLE IF NOT EXISTS ${claims} (tree bigint PRIMARY KEY, owner text NOT NULL, until bigint NOT NULL)`,
    commitFunction(names),
  ];
}

/** One statement for all of them: whole or not at all, and one process after another. */
export function migration(names: TableNames): string {
  const body = schemaStatements(names).map((statement) => `  ${statement};`);
  return `DO $migration$ BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(${literal(`keyrail ${names.keys}`)}, 0));
  PERFORM set_config('lock_timeout', '${LOCK_TIMEOUT}', true);
${body.join("\n")}
END $migration$`;
}

/** Asks first: adding a column that is there would still wait for everybody who works with the table. */
function addColumns(table: string, columns: Readonly<Record<string, string>>): string {
  const list = Object.keys(columns).map(literal).join(", ");
  const adds = Object.entries(columns).map(([name, type]) => `ADD COLUMN IF NOT EXISTS ${name} ${type}`);
  const there = `SELECT count(*) FROM pg_attribute WHERE attrelid = ${literal(table)}::regclass AND NOT attisdropped AND attname IN (${list})`;
  return `IF (${there}) < ${adds.length} THEN ALTER TABLE ${table} ${adds.join(", ")}; END IF`;
}

function index(names: TableNames, ending: string, on: string, unique = ""): string {
  const missing = `to_regclass(${literal(names.indexWithSchema(ending))}) IS NULL`;
  return `IF ${missing} THEN CREATE ${unique} INDEX ${names.index(ending)} ON ${on}; END IF`;
}

/** agentkey makes such an index too, under a name of its own. */
function uniqueSubject({ keys, index: named }: TableNames): string {
  const there = `SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
    WHERE i.indrelid = ${literal(keys)}::regclass AND i.indisunique AND i.indnatts = 1 AND a.attname = 'external_subject'`;
  const make = `CREATE UNIQUE INDEX ${named("subject")} ON ${keys} (external_subject) WHERE external_subject IS NOT NULL`;
  return `IF NOT EXISTS (${there}) THEN ${make}; END IF`;
}
