/** The one way to the database: statements with values, of whatever has `pg`'s `query`. */
import { KeyrailError } from "../../errors.js";
import { transactionGuard } from "./transaction-guard.js";

/** A pool or client: `query` as `pg`, PGlite and their likes have it. */
export interface Queryable {
  // biome-ignore lint/suspicious/noExplicitAny: drivers declare it with overloads of their own
  query: (...input: any[]) => any;
}

/**
 * Faults by which the server took everything back, and which a repetition may not meet: a stricter
 * isolation level than READ COMMITTED by default, a deadlock with somebody else's statement, a lock timeout.
 */
const PASSING_FAULTS = ["40001", "40P01", "55P03"];

/** Runs statements that give one text a row. */
export interface Queries {
  lines(name: string, text: string, values: readonly unknown[]): Promise<string[]>;
  run(text: string): Promise<void>;
}

/** States of the server in which nothing was done and nothing will help but its owner. */
const CLEAR_FAULTS: Readonly<Record<string, readonly [code: string, message: string]>> = {
  "22021": ["invalid_text", "the database cannot hold one of the texts in its encoding"],
  "22P05": ["invalid_text", "the database cannot hold one of the texts in its encoding"],
  "54000": ["invalid_text", "a name or key is too long for the database to index"],
  "42P01": ["not_migrated", "the database lacks Keyrail's tables; run migrate() once"],
  "42703": ["not_migrated", "the database lacks Keyrail's columns; run migrate() once"],
  "42883": ["not_migrated", "the database lacks Keyrail's function; run migrate() once"],
  "25001": ["store_in_transaction", "the client is inside a transaction; pass a pool, or a client outside one"],
  "25006": ["store_read_only", "the database is read-only here; connect to the primary"],
  "53100": ["store_full", "the database's disk is full; nothing was written"],
  "42501": [
    "store_forbidden",
    "the database user may not do this; grant it the table, its side tables and the function",
  ],
};

/** Whether a fault says that nothing was written and that another try may succeed. */
export function isPassing(fault: unknown): boolean {
  return PASSING_FAULTS.includes(codeOf(fault));
}

/**
 * Queries over a pool or client. Statements are named, so that the server plans them once, where the
 * object is a `pg` pool or client and `prepare` is not off.
 *
 * @throws KeyrailError `invalid_option`
 */
export function queriesOver(given: Queryable, prepare: boolean | undefined): Queries {
  if (typeof given?.query !== "function") {
    throw new KeyrailError("invalid_option", "pass a Postgres pool or client: an object with `query`");
  }
  const guard = transactionGuard(given);
  const isNamed = prepare ?? isEmitter(given);
  const fullNames = new Map<string, string>();
  const fullName = (name: string, text: string): string => {
    const known = fullNames.get(text) ?? `${name}_${fingerprint(text)}`;
    fullNames.set(text, known);
    return known;
  };
  return {
    lines: async (name, text, values) => {
      await guard.before();
      const result = await run(given, isNamed ? [{ name: fullName(name, text), text, values }] : [text, values]);
      guard.after();
      return result.rows.map(({ line }) => line);
    },
    run: async (text) => {
      await guard.before();
      await run(given, [text]);
    },
  };
}

/** Tells texts apart: on one connection a name stands for one text, and a pool may serve several tables. */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}

/** Whether an object is a pool or client that takes statements by name: `pg`'s are event emitters that connect. */
function isEmitter(given: object): boolean {
  return "connect" in given && "on" in given;
}

async function run(given: Queryable, input: readonly unknown[]): Promise<{ rows: { line: string }[] }> {
  try {
    return await given.query(...input);
  } catch (cause) {
    const known = CLEAR_FAULTS[codeOf(cause)];
    if (known === undefined) throw cause;
    throw new KeyrailError(known[0], known[1], { cause });
  }
}

function codeOf(fault: unknown): string {
  return (fault as { code?: string } | null)?.code ?? "";
}
