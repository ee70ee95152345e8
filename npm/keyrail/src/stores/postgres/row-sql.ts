/** How rows lie in the tables, as the JSON arrays in which they are read. */

/** The greatest number of a Postgres `integer`: what `budget_cents` and `budget_used_cents` stop at. */
export const INTEGER_MAX = 2_147_483_647;
const MICROCENTS_PER_CENT = 1_000_000;
/** Stands in the NOT NULL column `key_hash` of a row without a secret; no SHA-256 looks like it. */
export const NO_HASH = "ext:";
/** The name of a row that somebody made without one. */
export const UNNAMED = "default";

/** An instant in ms; one that is before or after all others is given as `before` or `after`. */
export function milliseconds(column: string, before: string, after: string): string {
  return `CASE ${column} WHEN '-infinity' THEN ${before} WHEN 'infinity' THEN ${after} ELSE floor(extract(epoch FROM ${column}) * 1000)::bigint END`;
}

/** An instant from ms. */
export function instant(ms: string): string {
  return `'epoch'::timestamptz + ${ms} * interval '1 ms'`;
}

/** Whether an instant in ms is what `milliseconds` makes of a column, without the cost of making it. */
export function isSameInstant(column: string, ms: string, before: string, after: string): string {
  const inside = `${column} >= ${instant(ms)} AND ${column} < ${instant(`(${ms} + 1)`)}`;
  return `CASE ${column} WHEN '-infinity' THEN ${ms} IS NOT DISTINCT FROM ${before} WHEN 'infinity' THEN ${ms} IS NOT DISTINCT FROM ${after} ELSE ${inside} END`;
}

/** The whole cents that are shown of an exact amount, down from below 0 too; NULL of NULL. */
export function shownCents(microcents: string): string {
  const down = `(${microcents} - CASE WHEN ${microcents} < 0 THEN ${MICROCENTS_PER_CENT - 1} ELSE 0 END)`;
  const cents = `${down} / ${MICROCENTS_PER_CENT}`;
  return `CASE WHEN ${microcents} IS NOT NULL THEN least(greatest(${cents}, -${INTEGER_MAX}), ${INTEGER_MAX})::int END`;
}

/** The period, of those that Keyrail knows; a row with any other has one window for ever. */
export function knownPeriod(column: string): string {
  return `CASE WHEN ${column} IN ('hour', 'day', 'week', 'month') THEN ${column} END`;
}

/** The exact cap: the cents that anybody may edit win over what lies beside them. */
function cap(n: string): string {
  const shown = shownCents(`${n}.keyrail_cap`);
  return `CASE WHEN ${n}.budget_cents IS NULL THEN NULL WHEN ${n}.keyrail_cap IS NOT NULL AND ${n}.budget_cents = ${shown} THEN ${n}.keyrail_cap ELSE greatest(${n}.budget_cents, 0)::bigint * ${MICROCENTS_PER_CENT} END`;
}

/** A node as JSON, under the names of `NodeRow`; `n` is its alias. */
export function nodeJson(n: string): string {
  const isNew = `${n}.keyrail_tree IS NULL`;
  const resetAt = milliseconds(`${n}.budget_reset_at`, "0", "NULL");
  const createdAt = `coalesce(${milliseconds(`${n}.created_at`, "0", "0")}, 0)`;
  const used = `coalesce(${n}.budget_used_cents, 0)::bigint`;
  const usedEdited = `${used} <> ${shownCents(`${n}.keyrail_spent`)}`;
  const resetEdited = `${resetAt} IS DISTINCT FROM ${n}.keyrail_reset_at`;
  return object({
    kind: "'node'",
    id: `${n}.id`,
    tree: `coalesce(${n}.keyrail_tree, ${n}.id)`,
    parentId: `${n}.keyrail_parent`,
    path: `coalesce(${n}.keyrail_path, ${n}.id::text)`,
    hash: `CASE WHEN ${n}.key_hash NOT LIKE '${NO_HASH}%' THEN ${n}.key_hash END`,
    subject: `${n}.external_subject`,
    keyPrefix: `${n}.key_prefix`,
    accountId: `coalesce(${n}.account_id, '')`,
    userId: `${n}.user_id`,
    name: `coalesce(${n}.name, '${UNNAMED}')`,
    delegatedBy: `${n}.delegated_by`,
    scopes: `${n}.scopes`,
    createdAt,
    expiresAt: milliseconds(`${n}.expires_at`, "0", "NULL"),
    revokedAt: milliseconds(`${n}.revoked_at`, "0", "0"),
    lastUsedAt: milliseconds(`${n}.last_used_at`, "NULL", "NULL"),
    capMicrocents: cap(n),
    period: knownPeriod(`${n}.budget_period`),
    alignment: `coalesce(${n}.keyrail_alignment, 'anchored')`,
    anchorAt: `coalesce(${n}.keyrail_anchor_at, ${resetAt}, ${createdAt})`,
    window: `coalesce(${n}.keyrail_window, 0)`,
    windowStart: `coalesce(${n}.keyrail_window_start, ${createdAt})`,
    resetAt: `CASE WHEN ${isNew} THEN ${resetAt} ELSE ${n}.keyrail_reset_at END`,
    spentMicrocents: `coalesce(${n}.keyrail_spent, ${used} * ${MICROCENTS_PER_CENT})`,
    buckets: `coalesce(${n}.keyrail_buckets, '{}')`,
    trueToSeq: `coalesce(${n}.keyrail_true_to_seq, 0)`,
    root: `CASE WHEN ${n}.keyrail_parent IS NULL THEN ${object({ seq: `coalesce(${n}.keyrail_seq, 0)`, greatestNow: `coalesce(${n}.keyrail_now, 0)` })} END`,
    edited: `CASE WHEN NOT (${isNew}) AND (${usedEdited} OR ${resetEdited}) THEN ${object({ usedCents: used, resetAt })} END`,
    isWritten: `NOT (${isNew})`,
    version: `${n}.xmin::text`,
  });
}

/** A hold as JSON, under the names of `HoldRow`; `version` where its row is not at hand itself. */
export function holdJson(h: string, version = `${h}.xmin::text`): string {
  const settled = {
    costMicrocents: `${h}.settled_cost`,
    overdraftMicrocents: `${h}.settled_overdraft`,
    late: `${h}.settled_late`,
  };
  return object({
    kind: "'hold'",
    id: `${h}.id`,
    tree: `${h}.tree`,
    node: `${h}.node`,
    amountMicrocents: `${h}.amount`,
    createdAt: `${h}.created_at`,
    expiresAt: `${h}.expires_at`,
    windows: `${h}.windows`,
    state: `${h}.state`,
    endedAt: `${h}.ended_at`,
    settled: `CASE WHEN ${h}.settled_cost IS NOT NULL THEN ${object(settled)} END`,
    version,
  });
}

/** An entry as JSON, under the names of `EntryRow`; `version` likewise. */
export function entryJson(e: string, version = `${e}.xmin::text`): string {
  const idempotency = object({ method: `${e}.method`, key: `${e}.idempotency_key` });
  return object({
    kind: "'entry'",
    tree: `${e}.tree`,
    seq: `${e}.seq`,
    entryKind: `${e}.kind`,
    node: `${e}.node`,
    at: `${e}.at`,
    amountMicrocents: `${e}.amount`,
    askedMicrocents: `${e}.asked`,
    windows: `${e}.windows`,
    hold: `${e}.hold`,
    expiresAt: `${e}.expires_at`,
    usedMicrocents: `${e}.used`,
    remainingMicrocents: `${e}.remaining`,
    overdraftMicrocents: `${e}.overdraft`,
    late: `${e}.late`,
    command: `${e}.command`,
    idempotency: `CASE WHEN ${e}.idempotency_key IS NOT NULL THEN ${idempotency} END`,
    metadata: `${e}.metadata`,
    version,
  });
}

/** A JSON object of SQL expressions. */
function object(members: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(members).map(([name, value]) => `'${name}', ${value}`);
  return `json_build_object(${pairs.join(", ")})`;
}
