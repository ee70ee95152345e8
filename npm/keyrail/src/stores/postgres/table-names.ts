/** The names of a store's tables: checked, quoted, and all made from the one that its owner gave. */
import { KeyrailError } from "../../errors.js";

/** A name that Postgres folds to lower case, as it does where nobody quotes it. */
const PLAIN = /^[A-Za-z_][A-Za-z0-9_$]*$/;
/** A name in double quotes, taken as it stands. */
const QUOTED = /^"(?:[^"\0]|"")+"$/;
/** Postgres cuts longer names off without a word: 63 bytes, of which a side table's ending needs 16. */
const TABLE_BYTES_MAX = 47;

/** What Keyrail has beside somebody's table of keys, each quoted and with its schema. */
export interface TableNames {
  /** The table of keys. */
  readonly keys: string;
  readonly holds: string;
  readonly entries: string;
  readonly claims: string;
  /** The function that commits. */
  readonly commit: string;
  /** An index of this ending; indexes live in their table's schema and are named without it. */
  readonly index: (ending: string) => string;
  /** The same with its schema, to ask whether it is there. */
  readonly indexWithSchema: (ending: string) => string;
}

/**
 * The names that belong to a table, which may be `table`, `schema.table` or quoted parts of either.
 *
 * @throws KeyrailError `invalid_table_name`
 */
export function tableNames(given: string): TableNames {
  const parts = splitName(given);
  const table = parts?.at(-1);
  if (parts === undefined || table === undefined || parts.length > 2) throw invalid(given);
  if (new TextEncoder().encode(table).length > TABLE_BYTES_MAX) {
    throw new KeyrailError(
      "invalid_table_name",
      `a table name has at most ${TABLE_BYTES_MAX} bytes, since side tables carry it too`,
    );
  }
  const schema = parts.length === 2 ? `${quote(parts[0] as string)}.` : "";
  const named = (ending: string): string => `${schema}${quote(table + ending)}`;
  return {
    keys: named(""),
    holds: named("_keyrail_holds"),
    entries: named("_keyrail_entries"),
    claims: named("_keyrail_claims"),
    commit: named("_keyrail_commit"),
    index: (ending) => quote(`${table}_keyrail_${ending}`),
    indexWithSchema: (ending) => named(`_keyrail_${ending}`),
  };
}

/** A text as an SQL literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The names between the dots, as Postgres would read them. */
function splitName(given: unknown): string[] | undefined {
  if (typeof given !== "string" || given.length > 300 || !given.isWellFormed()) return undefined;
  const parts = given.match(/"(?:[^"]|"")*"|[^."]+|\./g) ?? [];
  if (parts.join("") !== given) return undefined;
  const names: string[] = [];
  for (const [index, part] of parts.entries()) {
    if (index % 2 === 1) {
      if (part !== ".") return undefined;
    } else if (PLAIN.test(part)) names.push(part.toLowerCase());
    else if (QUOTED.test(part)) names.push(part.slice(1, -1).replaceAll('""', '"'));
    else return undefined;
  }
  return parts.length % 2 === 1 ? names : undefined;
}

function invalid(given: unknown): KeyrailError {
  const shown = typeof given === "string" ? JSON.stringify(given.slice(0, 80)) : `a ${typeof given}`;
  return new KeyrailError(
    "invalid_table_name",
    `tableName is a table or schema.table of letters, digits, _ and $, or such names in double quotes; got ${shown}`,
  );
}
