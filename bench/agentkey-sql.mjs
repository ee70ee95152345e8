// What agentkey asks of Postgres for a guarded request that costs money: find the key, note its use,
// charge it. The table has the columns that these need.

export const THEIR_TABLE = `CREATE TABLE theirs (id serial PRIMARY KEY, account_id text NOT NULL, key_hash text NOT NULL UNIQUE,
  key_prefix text NOT NULL, name text NOT NULL DEFAULT 'default', created_at timestamptz DEFAULT now(), last_used_at timestamptz,
  revoked_at timestamptz, budget_cents integer, budget_used_cents integer DEFAULT 0)`;

/** Keys by their hashes. */
export const MAKE = `INSERT INTO theirs (account_id, key_hash, key_prefix, budget_cents)
  SELECT 'bench', hash, 'ak_', $2 FROM unnest($1::text[]) AS hash`;

export const FIND = { name: "find", text: "SELECT * FROM theirs WHERE key_hash = $1" };

export const USED = { name: "used", text: "UPDATE theirs SET last_used_at = now() WHERE id = $1" };

/** One conditional single-row UPDATE: the whole of the charge. */
export const CHARGE = {
  name: "charge",
  text: "UPDATE theirs SET budget_used_cents = budget_used_cents + $2 WHERE id = $1 AND revoked_at IS NULL AND budget_used_cents + $2 <= budget_cents RETURNING budget_used_cents",
};
