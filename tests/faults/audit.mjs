// The books of a tree, rebuilt from its entries alone and compared with its rows, on any store.
import assert from "node:assert/strict";

const PAGE = 2_000;
/** The kinds whose windows are those of the tree's time; the others carry those of their hold. */
const MOVES_TIME = new Set(["charge", "reserve"]);

/** Every row of a listing. */
export async function listAll(store, query) {
  const rows = [];
  let cursor = null;
  do {
    const page = await store.list(query, { cursor, limit: PAGE });
    for (const row of page.rows) rows.push(row);
    cursor = page.cursor;
  } while (cursor !== null);
  return rows;
}

/** Every node of a tree. */
export const nodesOf = (store, tree) => listAll(store, { subtree: { tree, path: String(tree) } });

/** Every entry of a tree, in order. */
export const entriesOf = (store, tree) => listAll(store, { entries: { tree } });

/** What the entries of a tree sum to, entry after entry. */
class Books {
  #chains;
  #caps = new Map();
  #edited;
  #spent = new Map();
  /** The open holds, by their ids; one whose time has come goes with the entry that shows it. */
  #holds = new Map();
  /** The sum of the open holds of a node in a window. */
  #held = new Map();
  #nextExpiry = Number.POSITIVE_INFINITY;

  constructor(nodes, caps) {
    this.#edited = caps;
    this.#chains = new Map(nodes.map(({ id, path }) => [id, path.split("/").map(Number)]));
    for (const { id, capMicrocents } of nodes) this.#caps.set(id, caps.has(id) ? caps.get(id) : capMicrocents);
  }

  spent(node, window) {
    return this.#spent.get(`${node} ${window}`) ?? 0;
  }

  /** What is held at an instant that is not before any that was asked about. */
  held(node, window, at) {
    this.#expire(at);
    return this.#held.get(`${node} ${window}`) ?? 0;
  }

  /** Takes an entry in; an admission must leave every budget of its chain within its cap. */
  add(entry) {
    const { seq, entryKind: kind, hold, at, amountMicrocents: amount, windows } = entry;
    const chain = this.#chains.get(entry.node);
    assert.ok(chain !== undefined, `entry ${seq} is of node ${entry.node}, which has no row`);
    assert.equal(windows.length, chain.length, `entry ${seq} has a window for each node of its chain`);
    this.#expire(at);
    const before = hold === null ? undefined : this.#holds.get(hold);
    if (kind === "settle" || kind === "release" || kind === "extend") this.#drop(hold);
    if (kind === "reserve" || kind === "extend") this.#hold(hold, { chain, windows, amount, until: entry.expiresAt });
    if (kind === "charge" || kind === "settle" || (kind === "adjust" && amount > 0)) {
      for (const [place, id] of chain.entries()) this.#spend(id, windows[place], amount);
    }
    if (kind === "adjust" && amount < 0) this.#spend(entry.node, windows.at(-1), amount);
    if ((kind === "mint" || kind === "set_budget") && !this.#edited.has(entry.node)) {
      this.#caps.set(entry.node, entry.remainingMicrocents === null ? null : amount);
    }
    const isMore = kind === "reserve" || (kind === "extend" && amount > (before?.amount ?? 0));
    if (isMore || (kind === "charge" && entry.overdraftMicrocents === 0)) this.#fits(entry, chain);
    if (MOVES_TIME.has(kind)) {
      const own = this.spent(entry.node, windows.at(-1));
      assert.equal(entry.usedMicrocents, own, `entry ${seq} says what its node has used`);
    }
  }

  #fits({ seq, entryKind: kind, windows }, chain) {
    for (const [place, id] of chain.entries()) {
      const cap = this.#caps.get(id) ?? null;
      const total = this.spent(id, windows[place]) + (this.#held.get(`${id} ${windows[place]}`) ?? 0);
      if (cap !== null) assert.ok(total <= cap, `${kind} ${seq} takes node ${id} to ${total} over its cap of ${cap}`);
    }
  }

  #spend(node, window, amount) {
    const name = `${node} ${window}`;
    this.#spent.set(name, (this.#spent.get(name) ?? 0) + amount);
  }

  #hold(id, hold) {
    this.#holds.set(id, hold);
    this.#nextExpiry = Math.min(this.#nextExpiry, hold.until);
    this.#count(hold, hold.amount);
  }

  #drop(id) {
    const hold = this.#holds.get(id);
    if (hold === undefined) return;
    this.#holds.delete(id);
    this.#count(hold, -hold.amount);
  }

  #count({ chain, windows }, amount) {
    for (const [place, id] of chain.entries()) {
      const name = `${id} ${windows[place]}`;
      this.#held.set(name, (this.#held.get(name) ?? 0) + amount);
    }
  }

  #expire(at) {
    if (at < this.#nextExpiry) return;
    this.#nextExpiry = Number.POSITIVE_INFINITY;
    for (const [id, hold] of [...this.#holds]) {
      if (hold.until <= at) this.#drop(id);
      else this.#nextExpiry = Math.min(this.#nextExpiry, hold.until);
    }
  }
}

/** The rows and entries of one instant: a settle in the background may still come in between. */
async function atRest(store, tree) {
  for (;;) {
    const nodes = await nodesOf(store, tree);
    const entries = await entriesOf(store, tree);
    const again = await nodesOf(store, tree);
    const versions = (rows) => rows.map(({ id, version }) => `${id} ${version}`).join();
    if (versions(nodes) === versions(again)) return { nodes, entries };
  }
}

/**
 * Rebuilds what every node of a tree has spent and holds from its entries, window by window, and
 * compares it with the rows at `now`; on the way no admission may break a cap. `caps` has the
 * greatest cap, in microcents, of each node whose cap somebody edited past Keyrail. Gives the entries.
 */
export async function audit(store, tree, now, caps = new Map()) {
  const { nodes, entries } = await atRest(store, tree);
  const books = new Books(nodes, caps);
  const commands = new Set();
  const keys = new Set();
  let [seq, time] = [0, Number.NEGATIVE_INFINITY];
  for (const entry of entries) {
    assert.equal(entry.seq, seq + 1, "entries have no gaps");
    assert.ok(entry.at >= time, `entry ${entry.seq} is of an earlier time than the one before it`);
    [seq, time] = [entry.seq, entry.at];
    assert.equal(commands.has(entry.command), false, `command ${entry.command} is recorded twice`);
    commands.add(entry.command);
    if (entry.idempotency !== null) {
      const key = `${entry.node} ${entry.idempotency.method} ${entry.idempotency.key}`;
      assert.equal(keys.has(key), false, `idempotency key ${key} is recorded twice`);
      keys.add(key);
    }
    books.add(entry);
  }
  const at = Math.max(now, time);
  for (const { id, window, spentMicrocents, buckets, root } of nodes) {
    assert.equal(spentMicrocents, books.spent(id, window), `what node ${id} has spent is the sum of its entries`);
    const open = buckets.filter((bucket) => bucket.expiresAt > at);
    const held = open.reduce((sum, bucket) => sum + bucket.heldMicrocents, 0);
    assert.equal(held, books.held(id, window, at), `what node ${id} holds is the sum of its open holds`);
    if (root !== null) {
      assert.equal(root.seq, seq, "the root knows the last entry");
      assert.ok(root.greatestNow >= time, "the root's time is not before the last entry");
    }
  }
  return entries;
}

/** How many entries there are of each kind. */
export function kindsOf(entries) {
  const kinds = {};
  for (const { entryKind } of entries) kinds[entryKind] = (kinds[entryKind] ?? 0) + 1;
  return kinds;
}
