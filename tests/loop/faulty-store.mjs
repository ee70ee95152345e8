// A store that does to its callers what stores do: counts, delays, fails, answers late or not at all.
import { memory } from "keyrail/stores/memory";

/** What a call meets. Each takes the call's work, the store, and the refs or commits it was given. */
export const faults = {
  none: (work) => work(),
  /** Fails, and nothing has happened. */
  before: async () => {
    throw new Error("the connection was lost before the call");
  },
  /** Fails, and everything has happened. */
  after: async (work) => {
    await work();
    throw new Error("the connection was lost before the answer");
  },
  /** Fails, and happens when the test says `store.land()`. */
  late: async (work, store) => {
    store.late.push(work);
    throw new Error("the call took too long; it may still be running");
  },
  /** Answers after so many turns of the event loop. */
  delay: (turns) => async (work) => {
    for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
    return work();
  },
  /** Works now and answers after so many turns. */
  slow: (turns) => async (work) => {
    const answer = await work();
    for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
    return answer;
  },
  /** Every row is locked by somebody. */
  busy: async (_work, _store, commits) => ({ results: commits.map(() => ({ ok: false, busy: true })), storeNow: null }),
  /** Refuses although every check matches, with the rows as they are. */
  refuse: async (_work, store, commits) => {
    const results = [];
    for (const { checks } of commits) {
      const nodes = checks.filter(({ ref, version }) => "node" in ref && version !== null);
      const { chains } = await store.inner.read(nodes.map(({ ref }) => ({ id: ref.node })));
      results.push({ ok: false, rows: chains.map((chain) => chain.at(-1)).filter((row) => row !== undefined) });
    }
    return { results, storeNow: null };
  },
  /**
   * Reads row by row, each at another moment: an entry before its chain, and a node before the one
   * above it. Every row is whole, but together they may be of no one time.
   */
  torn: async (_work, store, refs) => {
    const chains = [];
    for (const [place, ref] of [...refs.entries()].reverse()) {
      await new Promise(setImmediate);
      const [rows] = (await store.inner.read([ref])).chains;
      for (const [level, row] of [...rows.entries()].reverse()) {
        if (row.kind !== "node") continue;
        await new Promise(setImmediate);
        const chain = (await store.inner.read([{ id: row.id }])).chains[0];
        if (chain.length > 0) rows[level] = chain.at(-1);
      }
      chains[place] = rows;
    }
    return { chains, storeNow: null };
  },
  /** Answers fewer items than it was asked. */
  short: async (work) => {
    const answer = await work();
    return "chains" in answer ? { ...answer, chains: [] } : { ...answer, results: [] };
  },
};

/** A call that waits until the test opens it; then it meets `fault`. */
export function gate(fault = faults.none) {
  let open;
  let reach;
  const opened = new Promise((resolve) => (open = resolve));
  const reached = new Promise((resolve) => (reach = resolve));
  const call = async (...args) => {
    reach();
    await opened;
    return fault(...args);
  };
  return { call, open, reached };
}

/** A memory store under faults. */
export class FaultyStore {
  /** How many calls there were of each kind. */
  calls = { read: 0, commit: 0, allocate: 0, list: 0 };
  /** Commits that failed for their caller and have not happened yet. */
  late = [];
  #planned = { read: [], commit: [], allocate: [], list: [] };
  #standing = {};

  constructor(inner = memory()) {
    this.inner = inner;
    this.read = (refs) => this.#call("read", () => inner.read(refs), refs);
    this.commit = (commits) => this.#call("commit", () => inner.commit(commits), commits);
    this.allocate = (n) => this.#call("allocate", () => inner.allocate(n));
    this.list = (query, page) => this.#call("list", () => inner.list(query, page));
    this.migrate = (options) => inner.migrate(options);
  }

  /** The next calls of a kind meet these, one each. */
  next(kind, ...planned) {
    this.#planned[kind].push(...planned);
  }

  /** Every call of a kind for which nothing is planned meets this; `undefined`: none. */
  always(kind, fault) {
    this.#standing[kind] = fault;
  }

  /** Lets the calls that came too late happen now. Gives their answers. */
  async land() {
    const answers = [];
    for (const work of this.late.splice(0)) answers.push(await work());
    return answers;
  }

  async #call(kind, work, given) {
    this.calls[kind] += 1;
    const fault = this.#planned[kind].shift() ?? this.#standing[kind] ?? faults.none;
    return fault(work, this, given);
  }
}

/** How many calls of each kind `body` made. */
export async function callsOf(store, body) {
  const before = { ...store.calls };
  await body();
  const after = Object.entries(store.calls).map(([kind, count]) => [kind, count - before[kind]]);
  return Object.fromEntries(after.filter(([, count]) => count > 0));
}
