/**
 * The function that commits a batch: set after set, never row after row.
 *
 * Rows are locked in the order of their ids, and their versions (`xmin`) are compared under the lock,
 * where READ COMMITTED shows the newest. A row that somebody else has locked is passed over and makes
 * its own commit `busy`. Nothing is written for a commit that is refused.
 */

import { CLAIM_MS, CLOCK_OFF_MAX_MS } from "../../store/shape.js";
import { PARAMETERS, unnested } from "./columns.js";
import { entryJson, holdJson, instant, knownPeriod, milliseconds, nodeJson, shownCents } from "./row-sql.js";
import type { TableNames } from "./table-names.js";

/** The statement that makes the function. */
export function commitFunction(names: TableNames): string {
  const { keys, holds, entries, claims } = names;
  return `CREATE OR REPLACE FUNCTION ${names.commit}(${PARAMETERS}) RETURNS SETOF text LANGUAGE plpgsql AS $commit$
DECLARE
  clock bigint := floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint;
  node_ids int[];
  node_versions text[];
  hold_ids text[] := '{}';
  hold_versions text[] := '{}';
  -- The commits of the batch that are not carried out.
  off int[];
  busy int[];
  refused int[];
BEGIN
  -- Inside somebody's transaction nothing that is answered here would be durable, or even true.
  IF pg_current_xact_id_if_assigned() IS NOT NULL THEN
    RAISE EXCEPTION 'keyrail commits on its own: pass a pool, or a client outside a transaction' USING ERRCODE = '25001';
  END IF;
  SELECT array_agg(b.no) INTO off FROM ${unnested("b")} WHERE abs(b.now - clock) > ${CLOCK_OFF_MAX_MS};

  SELECT coalesce(array_agg(l.id), '{}'), coalesce(array_agg(l.version), '{}') INTO node_ids, node_versions
    FROM (SELECT k.id, k.xmin::text AS version FROM ${keys} k WHERE k.id = ANY (c_id) ORDER BY k.id FOR UPDATE SKIP LOCKED) l;
  IF cardinality(d_id) > 0 THEN
    SELECT coalesce(array_agg(l.id), '{}'), coalesce(array_agg(l.version), '{}') INTO hold_ids, hold_versions
      FROM (SELECT k.id, k.xmin::text AS version FROM ${holds} k WHERE k.id = ANY (d_id) ORDER BY k.id FOR UPDATE SKIP LOCKED) l;
  END IF;

  SELECT array_agg(DISTINCT passed.no) INTO busy FROM (
    SELECT c.no FROM ${unnested("c")} WHERE c.id <> ALL (node_ids) AND EXISTS (SELECT FROM ${keys} k WHERE k.id = c.id)
    UNION ALL
    SELECT d.no FROM ${unnested("d")} WHERE d.id <> ALL (hold_ids) AND EXISTS (SELECT FROM ${holds} k WHERE k.id = d.id)
    UNION ALL
    SELECT b.no FROM ${unnested("b")} JOIN ${claims} k ON k.tree = b.tree WHERE k.owner <> b.owner AND k.until > clock
  ) passed;

  SELECT array_agg(DISTINCT failed.no) INTO refused FROM (
    SELECT c.no FROM ${unnested("c")} LEFT JOIN unnest(node_ids, node_versions) AS l(id, version) ON l.id = c.id
      WHERE l.version IS DISTINCT FROM c.version
    UNION ALL
    SELECT d.no FROM ${unnested("d")} LEFT JOIN unnest(hold_ids, hold_versions) AS l(id, version) ON l.id = d.id
      WHERE l.version IS DISTINCT FROM d.version
    UNION ALL
    SELECT f.no FROM ${unnested("f")} LEFT JOIN ${entries} k ON k.node = f.node AND k.method = f.method AND k.idempotency_key = f.key
      WHERE k.xmin::text IS DISTINCT FROM f.version
    UNION ALL
    SELECT n.no FROM ${unnested("n")} JOIN ${keys} k ON k.key_hash = n.hash AND k.id <> n.id
    UNION ALL
    SELECT n.no FROM ${unnested("n")} JOIN ${keys} k ON k.external_subject = n.subject AND k.id <> n.id
  ) failed;
  refused := coalesce(off, '{}') || coalesce(busy, '{}') || coalesce(refused, '{}');

  -- New nodes first: whoever waits here for another's transaction over a hash or a subject has written nothing yet.
  IF true = ANY (n_is_new) THEN
    WITH made AS (
      INSERT INTO ${keys} (id, account_id, key_hash, key_prefix, name, created_at, last_used_at, revoked_at, user_id, scopes,
        budget_cents, budget_used_cents, budget_period, budget_reset_at, expires_at, delegated_by, external_subject,
        keyrail_tree, keyrail_parent, keyrail_path, keyrail_cap, keyrail_spent, keyrail_alignment, keyrail_anchor_at,
        keyrail_window, keyrail_window_start, keyrail_reset_at, keyrail_buckets, keyrail_true_to_seq, keyrail_seq, keyrail_now)
      SELECT n.id, n.account, n.hash, n.prefix, n.name, ${instant("n.created_at")}, ${instant("n.last_used_at")}, ${instant("n.revoked_at")},
        n.user_id, n.scopes::text[], ${shownCents("n.cap")}, ${shownCents("n.spent")}, n.period, ${instant("n.reset_at")}, ${instant("n.expires_at")},
        n.delegated_by, n.subject, n.tree, n.parent, n.path, n.cap, n.spent, n.alignment, n.anchor_at,
        n.window_no, n.window_start, n.reset_at, n.buckets::bigint[], n.true_to_seq, n.seq, n.now
      FROM ${unnested("n")} WHERE n.is_new AND n.no <> ALL (refused)
      ON CONFLICT DO NOTHING RETURNING id)
    SELECT refused || coalesce(array_agg(n.no), '{}') INTO refused
      FROM ${unnested("n")} WHERE n.is_new AND n.no <> ALL (refused) AND n.id NOT IN (SELECT made.id FROM made);
  END IF;

  UPDATE ${keys} k SET
    account_id = CASE WHEN n.account = coalesce(k.account_id, '') THEN k.account_id ELSE n.account END, key_hash = n.hash, key_prefix = n.prefix, name = n.name, user_id = n.user_id, scopes = n.scopes::text[],
    delegated_by = n.delegated_by, external_subject = n.subject,
    last_used_at = ${unlessSame("last_used_at", "NULL", "NULL")},
    revoked_at = ${unlessSame("revoked_at", "0", "0")},
    expires_at = ${unlessSame("expires_at", "0", "NULL")},
    budget_cents = ${shownCents("n.cap")}, budget_used_cents = ${shownCents("n.spent")},
    budget_period = CASE WHEN n.period IS NOT DISTINCT FROM ${knownPeriod("k.budget_period")} THEN k.budget_period ELSE n.period END,
    budget_reset_at = ${instant("n.reset_at")},
    keyrail_tree = n.tree, keyrail_parent = n.parent, keyrail_path = n.path, keyrail_cap = n.cap, keyrail_spent = n.spent,
    keyrail_alignment = n.alignment, keyrail_anchor_at = n.anchor_at, keyrail_window = n.window_no,
    keyrail_window_start = n.window_start, keyrail_reset_at = n.reset_at, keyrail_buckets = n.buckets::bigint[],
    keyrail_true_to_seq = n.true_to_seq, keyrail_seq = n.seq, keyrail_now = n.now
  FROM ${unnested("n")} WHERE k.id = n.id AND NOT n.is_new AND n.no <> ALL (refused);

  IF cardinality(h_id) > 0 THEN
    INSERT INTO ${holds} AS k (id, tree, node, amount, created_at, expires_at, windows, state, ended_at, settled_cost, settled_overdraft, settled_late)
    SELECT h.id, h.tree, h.node, h.amount, h.created_at, h.expires_at, h.windows::bigint[], h.state, h.ended_at, h.settled_cost, h.settled_overdraft, h.settled_late
      FROM ${unnested("h")} WHERE h.no <> ALL (refused)
    ON CONFLICT (id) DO UPDATE SET amount = excluded.amount, expires_at = excluded.expires_at, windows = excluded.windows,
      state = excluded.state, ended_at = excluded.ended_at, settled_cost = excluded.settled_cost,
      settled_overdraft = excluded.settled_overdraft, settled_late = excluded.settled_late;
  END IF;

  INSERT INTO ${entries} (tree, seq, kind, node, at, amount, asked, windows, hold, expires_at, used, remaining, overdraft, late, command, method, idempotency_key, metadata)
  SELECT e.tree, e.seq, e.kind, e.node, e.at, e.amount, e.asked, e.windows::bigint[], e.hold, e.expires_at, e.used, e.remaining, e.overdraft, e.late, e.command, e.method, e.key, e.metadata::json
    FROM ${unnested("e")} WHERE e.no <> ALL (refused);

  RETURN NEXT json_build_array('t', clock, (pg_current_xact_id()::xid)::text)::text;
  IF cardinality(refused) = 0 THEN RETURN; END IF;

  -- Whoever lost too often gets the tree to himself for a moment, unless somebody else has it.
  INSERT INTO ${claims} AS k (tree, owner, until)
    SELECT b.tree, b.owner, clock + ${CLAIM_MS} FROM ${unnested("b")} WHERE b.claims AND b.no = ANY (refused)
  ON CONFLICT (tree) DO UPDATE SET owner = excluded.owner, until = excluded.until WHERE k.until <= clock OR k.owner = excluded.owner;

  RETURN QUERY SELECT json_build_array(CASE WHEN b.no = ANY (off) THEN 'off' WHEN b.no = ANY (busy) THEN 'busy' ELSE 'refused' END, b.no)::text
    FROM ${unnested("b")} WHERE b.no = ANY (refused);
  RETURN QUERY SELECT json_build_array('row', behind.no, behind.row)::text FROM (
    SELECT c.no, ${nodeJson("k")} AS row FROM ${unnested("c")} JOIN ${keys} k ON k.id = c.id WHERE k.xmin::text IS DISTINCT FROM c.version
    UNION ALL
    SELECT d.no, ${holdJson("k")} FROM ${unnested("d")} JOIN ${holds} k ON k.id = d.id WHERE k.xmin::text IS DISTINCT FROM d.version
    UNION ALL
    SELECT f.no, ${entryJson("k")} FROM ${unnested("f")} JOIN ${entries} k ON k.node = f.node AND k.method = f.method AND k.idempotency_key = f.key
      WHERE k.xmin::text IS DISTINCT FROM f.version
    UNION ALL
    SELECT n.no, ${nodeJson("k")} FROM ${unnested("n")} JOIN ${keys} k ON k.id <> n.id AND (k.key_hash = n.hash OR k.external_subject = n.subject)
  ) behind WHERE behind.no = ANY (refused) AND behind.no <> ALL (coalesce(busy, '{}'));
END $commit$`;

  /** The instant of a put, or the column as it is where it means the same: it may be finer than ms. */
  function unlessSame(column: string, before: string, after: string): string {
    const known = milliseconds(`k.${column}`, before, after);
    return `CASE WHEN n.${column} IS NOT DISTINCT FROM ${known} THEN k.${column} ELSE ${instant(`n.${column}`)} END`;
  }
}
