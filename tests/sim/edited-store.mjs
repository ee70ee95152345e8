// A store whose rows another program edits: their public columns say something else than was put.

const CENT = 1_000_000;

/** What the columns of a row say as Keyrail put it. */
const putColumns = ({ spentMicrocents, resetAt }) => ({ usedCents: Math.floor(spentMicrocents / CENT), resetAt });

/** What a change of a scenario makes of the columns at `now`. */
function changed(columns, change, now) {
  switch (change.kind) {
    case "charge":
      if (columns.resetAt !== null && columns.resetAt <= now) {
        return { usedCents: change.cents, resetAt: now + change.window_ms };
      }
      return { ...columns, usedCents: columns.usedCents + change.cents };
    case "set":
      return { ...columns, usedCents: change.cents };
    default:
      return { ...columns, resetAt: change.after_ms === null ? null : now + change.after_ms };
  }
}

/** A store in front of `inner`; an edited row has another version, and shows what was written until it is put. */
export class EditedStore {
  #inner;
  /** By node: the version inside that was edited, how often, and what the columns say where they differ. */
  #edits = new Map();

  constructor(inner) {
    this.#inner = inner;
  }

  /** Writes a row's columns. Gives what they say then, `undefined` if there is no such row. */
  async edit(id, change, now) {
    const row = (await this.#inner.read([{ id }])).chains[0].at(-1);
    if (row === undefined) return undefined;
    const put = putColumns(row);
    const before = this.#editOf(row);
    const columns = changed(before?.edited ?? put, change, now);
    const isPut = columns.usedCents === put.usedCents && columns.resetAt === put.resetAt;
    const edited = isPut ? null : columns;
    this.#edits.set(id, { version: row.version, times: (before?.times ?? 0) + 1, edited });
    return edited;
  }

  /** The store, as a plain object that others can wrap. */
  get store() {
    const { allocate, list, migrate } = this.#inner;
    return {
      read: (refs) => this.#read(refs),
      commit: (commits) => this.#commit(commits),
      allocate,
      list,
      migrate,
    };
  }

  async #read(refs) {
    const { chains, storeNow } = await this.#inner.read(refs);
    return { chains: chains.map((rows) => rows.map((row) => this.#seen(row))), storeNow };
  }

  async #commit(commits) {
    const rows = new Map();
    const ids = commits.flatMap(({ checks }) => checks.flatMap(({ ref }) => ("node" in ref ? [ref.node] : [])));
    const { chains } = await this.#inner.read(ids.map((id) => ({ id })));
    for (const chain of chains) for (const row of chain) rows.set(row.id, row);
    const within = (check) => {
      const row = "node" in check.ref ? rows.get(check.ref.node) : undefined;
      if (row === undefined) return check;
      // A version that no row has, where the row was edited since.
      return { ...check, version: this.#seen(row).version === check.version ? row.version : "edited" };
    };
    const { results, storeNow } = await this.#inner.commit(
      commits.map((commit) => ({ ...commit, checks: commit.checks.map(within) })),
    );
    const seen = (result) =>
      "rows" in result ? { ...result, rows: result.rows.map((row) => this.#seen(row)) } : result;
    return { results: results.map(seen), storeNow };
  }

  #editOf(row) {
    const edit = row.kind === "node" ? this.#edits.get(row.id) : undefined;
    return edit?.version === row.version ? edit : undefined;
  }

  #seen(row) {
    const edit = this.#editOf(row);
    return edit === undefined ? row : { ...row, version: `${row.version} edited ${edit.times}`, edited: edit.edited };
  }
}
