/**
 * The function that commits a batch: set after set, never row after row.
 *
 * Rows are locked in the order of their ids, and their versions (`xmin`) are compared under the lock,
 * where READ COMMITTED shows the newest. A row that somebody else has locked is passed over and makes
 * its own commit `busy`. Nothing is written for a commit that is refused.
 */

import { CLAIM_MS, CLOCK_OFF_MAX_MS } from "../../store/shape.js";
import {
  COMMITS,
  ENTRIES,
  ENTRY_CHECKS,
  HOLD_CHECKS,
  HOLDS,
  MONEY,
  NODE_CHECKS,
  PARAMETERS,
  WHOLE_NODES,
} from "./columns.js";
import {
  entryJson,
  holdJson,
  instant,
  isSameInstant,
  knownPeriod,
  NO_HASH,
  nodeJson,
  shownCents,
  UNNAMED,
} from "./row-sql.js";
import type { TableNames } from "./table-names.js";

/**
 * Every statement is planned once a connection, for batches of any size, and by its indexes: a plan
 * made while a table was small would otherwise read all of it when it has grown.
 */
const SETTINGS = "SET plan_cache_mode TO force_generic_plan SET enable_seqscan TO off";

/** The statement that makes the function. */
export function commitFunction(names: TableNames): string {
  const { keys, holds, entries, claims } = names;
  return `CREATE OR REPLACE FUNCTION ${names.commit}(${PARAMETERS}) RETURNS SETOF text LANGUAGE plpgsql ${SETTINGS} AS $commit$
DECLARE
  clock bigint := floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint;
  -- The rows that were locked, in the order of their ids, with their versions.
  ids int[];
  versions xid[];
  hold_ids text[];
  hold_versions xid[];
  -- The commits of the batch that are not carried out.
  off int[];
  busy int[] := '{}';
  refused int[];
BEGIN
  -- Inside somebody's transaction nothing that is answered here would be durable, or even true.
  IF pg_current_xact_id_if_assigned() IS NOT NULL THEN
    RAISE EXCEPTION 'keyrail commits on its own: pass a pool, or a client outside a transaction' USING ERRCODE = '25001';
  END IF;
  IF earliest < clock - ${CLOCK_OFF_MAX_MS} OR latest > clock + ${CLOCK_OFF_MAX_MS} THEN
    SELECT array_agg(b.no) INTO off FROM ${COMMITS} WHERE abs(b.now - clock) > ${CLOCK_OFF_MAX_MS};
  END IF;
  IF EXISTS (SELECT FROM ${claims} k WHERE k.tree = ANY (b_tree) AND k.until > clock) THEN
    busy := ARRAY(SELECT b.no FROM ${COMMITS} JOIN ${claims} k ON k.tree = b.tree WHERE k.owner <> b.owner AND k.until > clock);
  END IF;

  -- Nobody refers to a key by what a charge changes, so a foreign key to the table does not stand in its way.
  SELECT array_agg(l.id), array_agg(l.version) INTO ids, versions
    FROM (SELECT k.id, k.xmin AS version FROM ${keys} k WHERE k.id = ANY (c_id) ORDER BY k.id FOR NO KEY UPDATE SKIP LOCKED) l;
  -- The checks come in the order of their ids: mostly they are what was locked, and nothing has to be compared one by one.
  IF ids IS DISTINCT FROM c_id OR versions IS DISTINCT FROM c_version THEN
    refused := ARRAY(SELECT c.no FROM ${NODE_CHECKS} LEFT JOIN unnest(ids, versions) AS l(id, version) ON l.id = c.id
      WHERE l.version IS DISTINCT FROM c.version);
    busy := busy || ARRAY(SELECT c.no FROM ${NODE_CHECKS} JOIN ${keys} k ON k.id = c.id WHERE c.id <> ALL (coalesce(ids, '{}')));
  END IF;
  IF d_id IS NOT NULL THEN
    SELECT array_agg(l.id), array_agg(l.version) INTO hold_ids, hold_versions
      FROM (SELECT k.id, k.xmin AS version FROM ${holds} k WHERE k.id = ANY (d_id) ORDER BY k.id FOR NO KEY UPDATE SKIP LOCKED) l;
    refused := refused || ARRAY(SELECT d.no FROM ${HOLD_CHECKS} LEFT JOIN unnest(hold_ids, hold_versions) AS l(id, version) ON l.id = d.id
      WHERE l.version IS DISTINCT FROM d.version);
    busy := busy || ARRAY(SELECT d.no FROM ${HOLD_CHECKS} JOIN ${holds} k ON k.id = d.id WHERE d.id <> ALL (coalesce(hold_ids, '{}')));
  END IF;
  IF f_no IS NOT NULL THEN
    refused := refused || ARRAY(SELECT f.no FROM ${ENTRY_CHECKS.table}
      LEFT JOIN ${entries} k ON k.node = f.node AND k.method = f.method AND k.idempotency_key = f.key WHERE k.xmin::text IS DISTINCT FROM f.version);
  END IF;
  refused := array_cat(array_cat(off, busy), refused);

  IF n_rows IS NOT NULL THEN
    refused := refused || ARRAY(
      SELECT n.no FROM ${WHOLE_NODES} JOIN ${keys} k ON k.key_hash = n.hash AND k.id <> n.id
      UNION ALL
      SELECT n.no FROM ${WHOLE_NODES} JOIN ${keys} k ON k.external_subject = n.subject AND k.id <> n.id);

    -- New nodes first: whoever waits here for another's transaction over a hash or a subject has written nothing yet.
    WITH made AS (
      INSERT INTO ${keys} (id, account_id, key_hash, key_prefix, name, created_at, last_used_at, revoked_at, user_id, scopes,
        budget_cents, budget_used_cents, budget_period, budget_reset_at, expires_at, delegated_by, external_subject,
        keyrail_tree, keyrail_parent, keyrail_path, keyrail_cap, keyrail_spent, keyrail_alignment, keyrail_anchor_at,
        keyrail_window, keyrail_window_start, keyrail_reset_at, keyrail_buckets, keyrail_true_to_seq, keyrail_seq, keyrail_now)
      SELECT n.id, n.account, n.hash, n.prefix, n.name, ${instant("n.created_at")}, ${instant("n.last_used_at")}, ${instant("n.revoked_at")},
        n.user_id, n.scopes, ${shownCents("n.cap")}, ${shownCents("n.spent")}, n.period, ${instant("n.reset_at")}, ${instant("n.expires_at")},
        n.delegated_by, n.subject, n.tree, n.parent, n.path, n.cap, n.spent, n.alignment, n.anchor_at,
        n.window_no, n.window_start, n.reset_at, n.buckets, n.true_to_seq, n.seq, n.now
      FROM ${WHOLE_NODES} WHERE n.is_new AND n.no <> ALL (refused)
      ON CONFLICT DO NOTHING RETURNING id)
    SELECT refused || coalesce(array_agg(n.no), '{}') INTO refused
      FROM ${WHOLE_NODES} WHERE n.is_new AND n.no <> ALL (refused) AND n.id NOT IN (SELECT made.id FROM made);

    UPDATE ${keys} k SET
      account_id = CASE WHEN n.account = coalesce(k.account_id, '') THEN k.account_id ELSE n.account END,
      key_hash = CASE WHEN n.hash LIKE '${NO_HASH}%' AND k.key_hash LIKE '${NO_HASH}%' THEN k.key_hash ELSE n.hash END, key_prefix = n.prefix,
      name = CASE WHEN n.name = coalesce(k.name, '${UNNAMED}') THEN k.name ELSE n.name END, user_id = n.user_id, scopes = n.scopes,
      delegated_by = n.delegated_by, external_subject = n.subject,
      revoked_at = ${unlessSame("revoked_at", "n", "0", "0")}, expires_at = ${unlessSame("expires_at", "n", "0", "NULL")},
      budget_cents = ${shownCents("n.cap")},
      budget_period = CASE WHEN n.period IS NOT DISTINCT FROM ${knownPeriod("k.budget_period")} THEN k.budget_period ELSE n.period END,
      keyrail_tree = n.tree, keyrail_parent = n.parent, keyrail_path = n.path, keyrail_cap = n.cap, keyrail_alignment = n.alignment,
      ${moneyOf("n")}
    FROM ${WHOLE_NODES} WHERE k.id = n.id AND NOT n.is_new AND n.no <> ALL (refused);
  END IF;

  IF m_no IS NOT NULL THEN
    UPDATE ${keys} k SET ${moneyOf("m")}
      FROM ${MONEY.table} WHERE k.id = m.id AND m.no <> ALL (refused);
  END IF;

  IF h_no IS NOT NULL THEN
    INSERT INTO ${holds} AS k (id, tree, node, amount, created_at, expires_at, windows, state, ended_at, settled_cost, settled_overdraft, settled_late)
    SELECT h.id, h.tree, h.node, h.amount, h.created_at, h.expires_at, h.windows::bigint[], h.state, h.ended_at, h.settled_cost, h.settled_overdraft, h.settled_late = 1
      FROM ${HOLDS.table} WHERE h.no <> ALL (refused)
    ON CONFLICT (id) DO UPDATE SET amount = excluded.amount, expires_at = excluded.expires_at, windows = excluded.windows,
      state = excluded.state, ended_at = excluded.ended_at, settled_cost = excluded.settled_cost,
      settled_overdraft = excluded.settled_overdraft, settled_late = excluded.settled_late;
  END IF;

  IF e_no IS NOT NULL THEN
    INSERT INTO ${entries} (tree, seq, kind, node, at, amount, asked, windows, hold, expires_at, used, remaining, overdraft, late, command, method, idempotency_key, metadata)
    SELECT e.tree, e.seq, e.kind, e.node, e.at, e.amount, e.asked, e.windows::bigint[], e.hold, e.expires_at, e.used, e.remaining, e.overdraft, e.late = 1, e.command, e.method, e.key, e.metadata::json
      FROM ${ENTRIES.table} WHERE e.no <> ALL (refused);
  END IF;

  RETURN NEXT json_build_array('t', clock, (pg_current_xact_id()::xid)::text)::text;
  IF cardinality(refused) = 0 THEN RETURN; END IF;

  -- Whoever lost too often gets the tree to himself for a moment, unless somebody else has it.
  INSERT INTO ${claims} AS k (tree, owner, until)
    SELECT b.tree, b.owner, clock + ${CLAIM_MS} FROM ${COMMITS} WHERE b.claims AND b.no = ANY (refused)
  ON CONFLICT (tree) DO UPDATE SET owner = excluded.owner, until = excluded.until WHERE k.until <= clock OR k.owner = excluded.owner;

  RETURN QUERY SELECT json_build_array(CASE WHEN b.no = ANY (off) THEN 'off' WHEN b.no = ANY (busy) THEN 'busy' ELSE 'refused' END, b.no)::text
    FROM ${COMMITS} WHERE b.no = ANY (refused);
  RETURN QUERY SELECT json_build_array('row', behind.no, behind.row)::text FROM (
    SELECT c.no, ${nodeJson("k")} AS row FROM ${NODE_CHECKS} JOIN ${keys} k ON k.id = c.id WHERE k.xmin IS DISTINCT FROM c.version
    UNION ALL
    SELECT d.no, ${holdJson("k")} FROM ${HOLD_CHECKS} JOIN ${holds} k ON k.id = d.id WHERE k.xmin IS DISTINCT FROM d.version
    UNION ALL
    SELECT f.no, ${entryJson("k")} FROM ${ENTRY_CHECKS.table} JOIN ${entries} k ON k.node = f.node AND k.method = f.method AND k.idempotency_key = f.key
      WHERE k.xmin::text IS DISTINCT FROM f.version
    UNION ALL
    SELECT n.no, ${nodeJson("k")} FROM ${WHOLE_NODES} JOIN ${keys} k ON k.id <> n.id AND (k.key_hash = n.hash OR k.external_subject = n.subject)
  ) behind WHERE behind.no = ANY (refused) AND behind.no <> ALL (busy);
END $commit$`;
}

/** What a charge changes in a node's row `k`, from a put. */
function moneyOf(put: string): string {
  return `last_used_at = ${unlessSame("last_used_at", put, "NULL", "NULL")}, budget_used_cents = ${shownCents(`${put}.spent`)},
      budget_reset_at = ${instant(`${put}.reset_at`)}, keyrail_spent = ${put}.spent, keyrail_anchor_at = ${put}.anchor_at,
      keyrail_window = ${put}.window_no, keyrail_window_start = ${put}.window_start, keyrail_reset_at = ${put}.reset_at,
      keyrail_buckets = ${put}.buckets::bigint[], keyrail_true_to_seq = ${put}.true_to_seq, keyrail_seq = ${put}.seq, keyrail_now = ${put}.now`;
}

/** The instant of a put, or the column as it is where it means the same: it may be finer than ms. */
function unlessSame(column: string, put: string, before: string, after: string): string {
  const same = isSameInstant(`k.${column}`, `${put}.${column}`, before, after);
  return `CASE WHEN ${same} THEN k.${column} ELSE ${instant(`${put}.${column}`)} END`;
}
