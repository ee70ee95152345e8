/** What the façade refuses before anything reaches a store. Each message says what was given. */
import { KeyrailError } from "../errors.js";
import type { BudgetPeriod, BudgetWindow, Metadata } from "./types.js";

/** The longest text that names something (a subject, an account, a name), in UTF-8 bytes. */
const TEXT_BYTES_MAX = 1_024;
/** The largest cap, in cents: 90 million dollars. */
const CAP_MAX_CENTS = 9_000_000_000;
/** The longest string that is taken for a secret at all, in UTF-16 units. */
const SECRET_LENGTH_MAX = 4_096;
/** The most scopes of one key. */
const SCOPES_MAX = 1_000;
/** The most metadata of one entry, in UTF-16 units of its JSON text. */
const METADATA_LENGTH_MAX = 16_384;
const PERIODS: readonly unknown[] = ["hour", "day", "week", "month"] satisfies BudgetPeriod[];

/** The longest text that is shown whole: every secret is longer. */
const SHOWN_WHOLE_MAX = 20;
/** How much of a longer text is shown. */
const SHOWN_START = 8;

/** What was given, as an error message may show it: short, and of a secret no more than its display prefix. */
export function shown(value: unknown): string {
  if (typeof value === "string") {
    if (value.length <= SHOWN_WHOLE_MAX) return JSON.stringify(value);
    return `${JSON.stringify(value.slice(0, SHOWN_START))}… of ${value.length} characters`;
  }
  // An object may have no text, or throw when it is asked for it.
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "an array" : "an object";
  return typeof value === "function" || typeof value === "symbol" ? `a ${typeof value}` : String(value);
}

/** Whether a string can be a secret; everything else belongs to nobody and is never hashed. */
export function isSecret(secret: unknown): secret is string {
  return typeof secret === "string" && secret !== "" && secret.length <= SECRET_LENGTH_MAX && secret.isWellFormed();
}

/** Whether a string can be a subject. */
export function isSubject(subject: unknown): subject is string {
  return isText(subject) && subject !== "";
}

function isText(text: unknown): text is string {
  // A UTF-16 unit is at most three bytes, so most texts need not be encoded to be measured.
  return (
    typeof text === "string" &&
    isStorable(text) &&
    (text.length * 3 <= TEXT_BYTES_MAX || new TextEncoder().encode(text).length <= TEXT_BYTES_MAX)
  );
}

/** Whether every store can keep a text: Postgres has none with a NUL in it. */
function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}

/** @throws KeyrailError `invalid_subject` */
export function checkSubject(subject: unknown): string {
  if (isSubject(subject)) return subject;
  throw new KeyrailError(
    "invalid_subject",
    `a subject is well-formed text without NUL of 1 to ${TEXT_BYTES_MAX} bytes; got ${shown(subject)}`,
  );
}

/**
 * A text or a number as text.
 *
 * @throws KeyrailError `invalid_text`
 */
export function checkText(name: string, text: unknown): string {
  const given = typeof text === "number" && Number.isFinite(text) ? String(text) : text;
  if (isText(given)) return given;
  throw new KeyrailError(
    "invalid_text",
    `${name} is well-formed text without NUL of at most ${TEXT_BYTES_MAX} bytes; got ${shown(text)}`,
  );
}

/** @throws KeyrailError `invalid_text` */
export function checkOptionalText(name: string, text: unknown): string | null {
  return text === undefined || text === null ? null : checkText(name, text);
}

/** @throws KeyrailError `invalid_scopes` */
export function checkScopes(scopes: unknown): readonly string[] | null {
  if (scopes === undefined || scopes === null) return null;
  // The copy is checked: what was given may have gaps, or give something else when it is read again.
  const copy: unknown[] = Array.isArray(scopes) && scopes.length <= SCOPES_MAX ? Array.from(scopes) : [null];
  if (!copy.every(isText)) {
    throw new KeyrailError(
      "invalid_scopes",
      `scopes are an array of at most ${SCOPES_MAX} well-formed strings, or null for all; got ${shown(scopes)}`,
    );
  }
  return copy;
}

/**
 * A cap in cents as microcents.
 *
 * @throws KeyrailError `invalid_cost`, `amount_out_of_range`
 */
export function checkCap(cents: unknown): number | null {
  if (cents === undefined || cents === null) return null;
  const rule = `budgetCents is a whole number of cents from 0 to ${CAP_MAX_CENTS}, or null for no cap; got ${shown(cents)}`;
  if (typeof cents !== "number" || !Number.isInteger(cents) || cents < 0) throw new KeyrailError("invalid_cost", rule);
  if (cents > CAP_MAX_CENTS) throw new KeyrailError("amount_out_of_range", rule);
  return cents * 1_000_000;
}

/** @throws KeyrailError `invalid_period` */
export function checkPeriod(period: unknown): BudgetPeriod | null {
  if (period === undefined || period === null) return null;
  if (PERIODS.includes(period)) return period as BudgetPeriod;
  // The text that agentkey's users know.
  throw new KeyrailError(
    "invalid_period",
    `Invalid budget period: ${typeof period === "string" ? period.slice(0, 60) : shown(period)}`,
  );
}

/** @throws KeyrailError `invalid_budget_window` */
export function checkWindow(window: unknown): BudgetWindow {
  if (window === undefined || window === "anchored") return "anchored";
  if (window === "calendar") return "calendar";
  throw new KeyrailError("invalid_budget_window", `budgetWindow is "anchored" or "calendar"; got ${shown(window)}`);
}

/** @throws KeyrailError `unsupported_time_zone` */
export function checkTimeZone(zone: unknown): void {
  if (zone === undefined || zone === "UTC") return;
  throw new KeyrailError("unsupported_time_zone", `budgetTimeZone is "UTC" in this version; got ${shown(zone)}`);
}

/** @throws KeyrailError `invalid_idempotency_key` */
export function checkIdempotencyKey(key: unknown): string | null {
  if (key === undefined) return null;
  if (isText(key) && key !== "") return key;
  throw new KeyrailError(
    "invalid_idempotency_key",
    `an idempotency key is well-formed text without NUL of 1 to ${TEXT_BYTES_MAX} bytes; got ${shown(key)}`,
  );
}

/** @throws KeyrailError `invalid_metadata` */
export function checkMetadata(metadata: unknown): Metadata | null {
  if (metadata === undefined || metadata === null) return null;
  const items = typeof metadata === "object" && !Array.isArray(metadata) ? Object.entries(metadata) : [];
  if (typeof metadata === "object" && !Array.isArray(metadata) && items.every(isMetadataItem)) {
    const copy: Metadata = Object.fromEntries(items);
    if (JSON.stringify(copy).length <= METADATA_LENGTH_MAX) return copy;
  }
  throw new KeyrailError(
    "invalid_metadata",
    `metadata is an object of strings, finite numbers, booleans and nulls, at most ${METADATA_LENGTH_MAX} characters as JSON`,
  );
}

function isMetadataItem([name, value]: [string, unknown]): boolean {
  if (!isStorable(name)) return false;
  if (typeof value === "string") return isStorable(value);
  return value === null || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value));
}

/**
 * A switch that only `true` turns on.
 *
 * @throws KeyrailError `invalid_option`
 */
export function checkFlag(name: string, flag: unknown): boolean {
  if (flag === undefined || flag === null) return false;
  if (typeof flag === "boolean") return flag;
  throw new KeyrailError("invalid_option", `${name} is true or false; got ${shown(flag)}`);
}

/** @throws KeyrailError `invalid_ref` */
export function checkId(id: unknown): number {
  if (typeof id === "number" && Number.isSafeInteger(id) && id > 0) return id;
  throw new KeyrailError("invalid_ref", `an id is a positive whole number; got ${shown(id)}`);
}
