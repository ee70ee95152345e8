// The two sides of the Postgres benchmark over one pool: Keyrail's charge on a chain of three with an
// entry, and what people write by hand.
import { randomUUID } from "node:crypto";
import pg from "pg";
import { AgentKey } from "../npm/keyrail/dist/index.js";
import { postgres } from "../npm/keyrail/dist/stores/postgres/index.js";
import { checkOf, commitOf, nodeRow } from "../tests/stores/rows.mjs";
import { CHARGE, THEIR_TABLE } from "./agentkey-sql.mjs";

/** The greatest that agentkey's 32-bit columns hold. */
const BUDGET_CENTS = 2_000_000_000;
const COST = { costCents: 1 };
const TREES_AT_ONCE = 500;

/** What Keyrail writes of a charge, written by hand: a row of each node of the chain, and an entry. */
const NODE = {
  name: "node",
  text: `UPDATE their_keys SET last_used_at = now(), budget_used_cents = budget_used_cents + 1, keyrail_spent = keyrail_spent + 1000000,
    keyrail_true_to_seq = keyrail_true_to_seq + 1, keyrail_seq = keyrail_seq + 1, keyrail_now = $2
    WHERE id = $1 AND revoked_at IS NULL AND keyrail_spent + 1000000 <= keyrail_cap RETURNING keyrail_tree, keyrail_seq, keyrail_spent`,
};
const ENTRY = {
  name: "entry",
  text: `INSERT INTO their_entries (tree, seq, kind, node, at, amount, asked, windows, used, remaining, overdraft, late, command)
    VALUES ($1, $2, 'charge', $3, $4, 1000000, 1000000, '{0,0,0}', $5, 0, 0, false, $6)`,
};

/** Makes both sides' tables, and `trees` trees for each; the first tree is the hot one. */
export async function makeTables(url, trees) {
  const pool = new pg.Pool({ connectionString: url });
  const store = postgres(pool);
  await store.migrate({ dryRun: false });
  for (let made = 0; made < trees; made += TREES_AT_ONCE) {
    await makeTrees(store, made, Math.min(TREES_AT_ONCE, trees - made));
  }
  await pool.query(THEIR_TABLE);
  for (const [copy, original] of [
    ["their_keys", "sdk_api_keys"],
    ["their_entries", "sdk_api_keys_keyrail_entries"],
  ]) {
    await pool.query(`CREATE TABLE ${copy} (LIKE ${original} INCLUDING ALL) WITH (fillfactor = 50)`);
    await pool.query(`INSERT INTO ${copy} SELECT * FROM ${original}`);
  }
  await pool.query(
    "INSERT INTO theirs (account_id, key_hash, key_prefix, budget_cents) SELECT 'bench', i, 'ak_', $2 FROM generate_series(1, $1::int) i",
    [trees * 3, BUDGET_CENTS],
  );
  await pool.query("VACUUM ANALYZE");
  await pool.end();
}

/** Trees of a root, a child and its child, each with a budget; the first of them is number `first`. */
async function makeTrees(store, first, count) {
  const ids = await store.allocate(count * 3);
  const trees = Array.from({ length: count }, (_, index) => ({ no: first + index, chain: [] }));
  for (const depth of [0, 1, 2]) {
    const commits = trees.map(({ no, chain }, index) => {
      const columns = { subject: `${no}/${depth}`, capMicrocents: BUDGET_CENTS * 1_000_000 };
      const node = nodeRow(ids[index * 3 + depth], chain.at(-1) ?? null, columns);
      const above = chain.slice(1).map(checkOf);
      chain.push(node);
      return commitOf(node.tree, depth === 0 ? chain : [chain[0], node], above);
    });
    const { results } = await store.commit(commits);
    for (const [index, { versions }] of results.entries()) {
      const { chain } = trees[index];
      chain[0] = { ...chain[0], version: versions[0] };
      chain[depth] = { ...chain[depth], version: versions.at(-1) };
    }
  }
}

/** A process's half of the benchmark: one pool, both sides. */
export function sides(url) {
  const pool = new pg.Pool({ connectionString: url, max: 10 });
  const ak = new AgentKey({ store: postgres(pool) });
  const accepted = async (subject) => {
    const { success } = await ak.trackUsageBySubject(subject, COST);
    if (!success) throw new Error("a charge was refused");
  };
  const updated = async (id) => {
    const { rowCount } = await pool.query({ ...CHARGE, values: [id, COST.costCents] });
    if (rowCount !== 1) throw new Error("an UPDATE found no row");
  };
  return {
    /** A charge of the tree of this number, from 0. */
    charge: (tree) => accepted(`${tree}/2`),
    /** The UPDATE of the row of this number. */
    update: (tree) => updated(tree * 3 + 1),
    /** The same four writes, into tables like Keyrail's, as one sends them one after another. */
    transaction: async (tree) => {
      const client = await pool.connect();
      const now = Date.now();
      const rows = [];
      await client.query("BEGIN");
      for (const id of [1, 2, 3]) {
        const { rows: written } = await client.query({ ...NODE, values: [tree * 3 + id, now] });
        if (written.length !== 1) throw new Error("an UPDATE found no row");
        rows.push(written[0]);
      }
      const [root, , own] = rows;
      const values = [root.keyrail_tree, root.keyrail_seq, tree * 3 + 3, now, own.keyrail_spent, randomUUID()];
      await client.query({ ...ENTRY, values });
      await client.query("COMMIT");
      client.release();
    },
    /** How many queries a run sends. */
    queriesOf: async (run) => {
      const { query } = pool;
      let count = 0;
      pool.query = (...input) => {
        count += 1;
        return query.apply(pool, input);
      };
      await run();
      pool.query = query;
      return count;
    },
    end: async () => {
      await ak.close();
      await pool.end();
    },
  };
}
