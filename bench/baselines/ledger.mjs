/**
 * A charge in plain JavaScript: the same rule over a Map of rows, written as one would write it.
 *
 * A charge looks its chain up, refuses under a revoked node, rolls windows that are due, drops
 * expired holds, checks every cap, adds to every node, and appends an entry that carries the figures
 * of its answer. What the open batch changes is kept as it was, so that `reject` can go back to it.
 * `bench/ledger.bench.mjs` measures it. Windows are of fixed length: only those that are due cost.
 */

const PERIODS_MS = { hour: 3_600_000, day: 86_400_000, week: 604_800_000 };
const AMOUNT_MAX = 9e15;

/** A ledger of rows `{id, parentId, revokedAt, cap, period, window, windowStart, resetAt, spent, buckets, trueToSeq, root}`. */
export class PlainLedger {
  #rows = new Map();
  /** The rows that the open batch has changed, as they were before it. */
  #saved = new Map();
  #entries = [];

  load(row) {
    this.#rows.set(row.id, row);
  }

  /** Charges every node of the chain, or none. */
  charge(clock, id, cost) {
    const chain = this.#chain(id);
    const root = chain[chain.length - 1];
    const now = Math.max(clock, root.root.greatestNow);
    for (const row of chain) {
      if (row.revokedAt !== null) return { tag: "refused", reason: "invalid_key" };
    }
    let overdraft = 0;
    for (const row of chain) {
      const used = (isRollDue(row, now) ? 0 : row.spent + heldAt(row, now)) + cost;
      if (row.cap !== null && used > row.cap) return { tag: "refused", reason: "budget_exceeded", requested: cost };
      if (used > AMOUNT_MAX) return { tag: "refused", reason: "amount_out_of_range" };
      if (row.cap !== null) overdraft = Math.max(overdraft, used - row.cap);
    }
    this.#save(root);
    const seq = root.root.seq + 1;
    root.root = { seq, greatestNow: now };
    const windows = [];
    for (const row of chain) {
      this.#save(row);
      if (isRollDue(row, now)) roll(row, now);
      if (row.buckets.some((bucket) => bucket.expiresAt <= now)) {
        row.buckets = row.buckets.filter((bucket) => bucket.expiresAt > now);
      }
      row.spent += cost;
      row.trueToSeq = seq;
      windows.unshift(row.window);
    }
    const own = chain[0];
    const used = own.spent;
    const remaining = own.cap === null ? null : Math.max(0, own.cap - used - heldAt(own, now));
    this.#entries.push({ seq, kind: "charge", node: id, at: now, amount: cost, windows, used, remaining, overdraft });
    return { tag: "charged", used, remaining, overdraft };
  }

  /** What must be committed for the answers to be true. */
  changes() {
    const rows = Array.from(this.#saved.keys(), (id) => ({ ...this.#rows.get(id) }));
    return { rows, entries: this.#entries };
  }

  /** The changes were committed. */
  accept() {
    // A new one: V8 keeps what a cleared Map held for longer, which would be unfair here.
    this.#saved = new Map();
    this.#entries = [];
  }

  /** They were not. */
  reject() {
    for (const [id, row] of this.#saved) this.#rows.set(id, row);
    this.accept();
  }

  /** The rows of a chain, from a node up to its root. */
  #chain(id) {
    const chain = [];
    for (let next = id; next !== null; ) {
      const row = this.#rows.get(next);
      if (row === undefined) throw new Error(`no row ${next}`);
      chain.push(row);
      next = row.parentId;
    }
    return chain;
  }

  #save(row) {
    if (!this.#saved.has(row.id)) this.#saved.set(row.id, { ...row });
  }
}

function isRollDue(row, now) {
  return row.resetAt !== null && now >= row.resetAt;
}

function roll(row, now) {
  const length = PERIODS_MS[row.period];
  row.window += 1;
  row.windowStart = now - ((now - row.resetAt) % length);
  row.resetAt = row.windowStart + length;
  row.spent = 0;
  row.buckets = [];
}

/** What is held at `now`: a bucket counts until its instant. */
function heldAt(row, now) {
  let held = 0;
  for (const bucket of row.buckets) {
    if (bucket.expiresAt > now) held += bucket.held;
  }
  return held;
}
