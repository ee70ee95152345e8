// A stand-in for a process that still runs agentkey: the same statements on the same table, and no
// idea of parents, holds or fractions of a cent.
import { createHash, randomBytes } from "node:crypto";

const DAY_MS = 86_400_000;

const hashOf = (key) => createHash("sha256").update(key).digest("hex");

/** Where its windows end, counted from an instant: it has no anchor. */
const endAfter = (period, from) => {
  if (period === "day") return new Date(from.getTime() + DAY_MS);
  return new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + 1, Math.min(from.getUTCDate(), 28)));
};

/** Keys as agentkey has them. */
export class AgentkeyProcess {
  #pool;
  #table;
  #clock;

  constructor({ pool, tableName, clock = Date.now }) {
    this.#pool = pool;
    this.#table = tableName;
    this.#clock = clock;
  }

  /** Makes the table as its users have it. */
  async migrate() {
    await this.#pool.query(`CREATE TABLE IF NOT EXISTS ${this.#table} (
      id serial PRIMARY KEY, account_id text, key_hash text NOT NULL UNIQUE, key_prefix text NOT NULL,
      name text NOT NULL DEFAULT 'default', created_at timestamptz DEFAULT now(), last_used_at timestamptz,
      revoked_at timestamptz, user_id text, scopes text[], budget_cents integer, budget_used_cents integer DEFAULT 0,
      budget_period text, budget_reset_at timestamptz, expires_at timestamptz, delegated_by text,
      external_subject text)`);
    await this.#pool.query(`CREATE UNIQUE INDEX IF NOT EXISTS ${this.#table}_external_subject
      ON ${this.#table} (external_subject) WHERE external_subject IS NOT NULL`);
  }

  /** Mints a root, the only kind of key that it knows. */
  async create({ accountId, budgetCents = null, budgetPeriod = null, scopes = null }) {
    const now = new Date(this.#clock());
    const key = `ak_${randomBytes(24).toString("hex")}`;
    const resetAt = budgetPeriod === null ? null : endAfter(budgetPeriod, now);
    const columns =
      "account_id, key_hash, key_prefix, created_at, scopes, budget_cents, budget_period, budget_reset_at";
    const text = `INSERT INTO ${this.#table} (${columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id`;
    const values = [accountId, hashOf(key), key.slice(0, 11), now, scopes, budgetCents, budgetPeriod, resetAt];
    const { rows } = await this.#pool.query(text, values);
    return { key, id: rows[0].id };
  }

  /** Looks a key up, rolls its window, notes its use. */
  async validate(key) {
    const now = new Date(this.#clock());
    const row = await this.#find(key);
    if (row === undefined) return { valid: false, reason: "invalid" };
    if (row.revoked_at !== null) return { valid: false, reason: "revoked" };
    if (row.expires_at !== null && row.expires_at < now) return { valid: false, reason: "expired" };
    if (row.budget_reset_at !== null && row.budget_reset_at < now) await this.#roll(row, row.budget_reset_at);
    if (row.budget_cents !== null && row.budget_used_cents >= row.budget_cents) {
      return { valid: false, reason: "budget_exceeded" };
    }
    await this.#pool.query(`UPDATE ${this.#table} SET last_used_at = $2 WHERE id = $1`, [row.id, now]);
    return { valid: true, id: row.id, budgetUsedCents: row.budget_used_cents, scopes: row.scopes };
  }

  /** Charges whole cents where they fit into the key's own cap. */
  async trackUsage(key, { costCents }) {
    const now = new Date(this.#clock());
    const row = await this.#find(key);
    if (row === undefined) return { success: false, reason: "invalid_key" };
    if (row.budget_reset_at !== null && row.budget_reset_at <= now) await this.#roll(row, now);
    const text = `UPDATE ${this.#table} SET budget_used_cents = budget_used_cents + $1
      WHERE id = $2 AND (budget_cents IS NULL OR budget_used_cents + $1 <= budget_cents) RETURNING budget_used_cents`;
    const { rows } = await this.#pool.query(text, [Math.ceil(costCents), row.id]);
    if (rows.length === 0) return { success: false, reason: "budget_exceeded" };
    return { success: true, budgetUsedCents: rows[0].budget_used_cents };
  }

  async #find(key) {
    const { rows } = await this.#pool.query(`SELECT * FROM ${this.#table} WHERE key_hash = $1`, [hashOf(key)]);
    return rows[0];
  }

  async #roll(row, from) {
    row.budget_used_cents = 0;
    row.budget_reset_at = endAfter(row.budget_period, from);
    const text = `UPDATE ${this.#table} SET budget_used_cents = 0, budget_reset_at = $2 WHERE id = $1`;
    await this.#pool.query(text, [row.id, row.budget_reset_at]);
  }
}
