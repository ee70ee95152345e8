// The two sides of the Postgres benchmark over one pool: Keyrail's charge on a chain of three with an
// entry, and what people write by hand.
import pg from "pg";
import { AgentKey } from "../npm/keyrail/dist/index.js";
import { postgres } from "../npm/keyrail/dist/stores/postgres/index.js";
import { checkOf, commitOf, nodeRow } from "../tests/stores/rows.mjs";

/** The greatest that agentkey's 32-bit columns hold. */
const BUDGET_CENTS = 2_000_000_000;
const COST = { costCents: 1 };
const TREES_AT_ONCE = 500;

/** agentkey's table, with what its charge reads and writes. */
const THEIR_TABLE = `CREATE TABLE theirs (id serial PRIMARY KEY, account_id text NOT NULL, key_hash text NOT NULL UNIQUE,
  key_prefix text NOT NULL, name text NOT NULL DEFAULT 'default', created_at timestamptz DEFAULT now(), last_used_at timestamptz,
  revoked_at timestamptz, budget_cents integer, budget_used_cents integer DEFAULT 0)`;
const THEIR_ENTRIES =
  "CREATE TABLE their_entries (id bigserial PRIMARY KEY, key_id int NOT NULL, at timestamptz, cents int)";

/** One conditional single-row UPDATE: the whole of the charge. */
const CHARGE = {
  name: "charge",
  text: "UPDATE theirs SET budget_used_cents = budget_used_cents + 1 WHERE id = $1 AND revoked_at IS NULL AND budget_used_cents + 1 <= budget_cents RETURNING budget_used_cents",
};
const ENTRY = { name: "entry", text: "INSERT INTO their_entries (key_id, at, cents) VALUES ($1, now(), 1)" };

/** Makes both sides' tables, and `trees` trees for each; the first tree is the hot one. */
export async function makeTables(url, trees) {
  const pool = new pg.Pool({ connectionString: url });
  const store = postgres(pool);
  await store.migrate({ dryRun: false });
  for (let made = 0; made < trees; made += TREES_AT_ONCE) {
    await makeTrees(store, made, Math.min(TREES_AT_ONCE, trees - made));
  }
  await pool.query(THEIR_TABLE);
  await pool.query(THEIR_ENTRIES);
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
    const { rowCount } = await pool.query({ ...CHARGE, values: [id] });
    if (rowCount !== 1) throw new Error("an UPDATE found no row");
  };
  return {
    /** A charge of the tree of this number, from 0. */
    charge: (tree) => accepted(`${tree}/2`),
    /** The UPDATE of the row of this number. */
    update: (tree) => updated(tree * 3 + 1),
    /** The same four writes, as one would send them one after another. */
    transaction: async (tree) => {
      const client = await pool.connect();
      await client.query("BEGIN");
      for (const id of [1, 2, 3]) {
        await client.query({ ...CHARGE, values: [tree * 3 + id] });
      }
      await client.query({ ...ENTRY, values: [tree * 3 + 3] });
      await client.query("COMMIT");
      client.release();
    },
    end: async () => {
      await ak.close();
      await pool.end();
    },
  };
}
