// Stores with one deliberate fault each, and the law that must find it.
import { memory } from "keyrail/stores/memory";

const nameOf = (ref) => JSON.stringify(ref);
const same = (value) => value;

/** memory() with some of its answers changed. */
function changed({ chains = same, commit, ...rest }) {
  const inner = memory();
  return {
    ...inner,
    read: async (refs) => {
      const { chains: found, storeNow } = await inner.read(refs);
      return { chains: chains(found, refs), storeNow };
    },
    ...(commit === undefined ? {} : { commit: (commits) => commit(inner, commits) }),
    ...Object.fromEntries(Object.entries(rest).map(([name, member]) => [name, (...given) => member(inner, ...given)])),
  };
}

/** Every row that reads give, changed. */
const rowsChanged = (change) => changed({ chains: (chains) => chains.map((rows) => rows.map(change)) });

/** Every commit, changed before it is carried out. */
const commitsChanged = (change) =>
  changed({ commit: (inner, commits) => inner.commit(commits.map((one) => change(one, inner))) });

/** Every result, changed after it. */
const resultsChanged = (change) =>
  changed({
    commit: async (inner, commits) => {
      const { results, storeNow } = await inner.commit(commits);
      return { results: results.map((result, index) => change(result, commits[index], results)), storeNow };
    },
  });

/** A commit whose checks match whatever is there. */
async function blind(inner, one) {
  const checks = [];
  for (const check of one.checks) {
    const { node, hold, entry } = check.ref;
    const ref = node === undefined ? (hold === undefined ? { entry } : { hold }) : { id: node };
    const last = (await inner.read([ref])).chains[0].at(-1);
    checks.push({ ...check, version: last?.version ?? null });
  }
  return { ...one, checks };
}

const isPut = (one, ref) =>
  one.puts.some((row) => row.kind !== "entry" && nameOf({ [row.kind]: row.id }) === nameOf(ref));

/** Versions that say what a row holds: they come back when it does. */
function versionsOfContent() {
  const known = new Map();
  const told = ({ version, ...row }) => {
    const text = JSON.stringify(row);
    known.set(`${row.kind} ${row.id} ${text}`, version);
    return { ...row, version: text };
  };
  return changed({
    chains: (chains) => chains.map((rows) => rows.map(told)),
    commit: async (inner, commits) => {
      const { chains } = await inner.read(
        commits.flatMap((one) => one.puts.flatMap((row) => (row.kind === "node" ? [{ id: row.id }] : []))),
      );
      for (const row of chains.flat()) told(row);
      const back = ({ ref, version }) => {
        const row = `${ref.node === undefined ? "hold" : "node"} ${ref.node ?? ref.hold} ${version}`;
        return { ref, version: known.get(row) ?? version };
      };
      const { results, storeNow } = await inner.commit(
        commits.map((one) => ({ ...one, checks: one.checks.map(back) })),
      );
      const answers = results.map((result, index) => {
        if (!result.ok) return result.rows === undefined ? result : { ...result, rows: result.rows.map(told) };
        const versions = commits[index].puts.map(
          (row, place) => told({ ...row, version: result.versions[place] }).version,
        );
        return { ok: true, versions };
      });
      return { results: answers, storeNow };
    },
  });
}

/** What a refused commit puts although it is refused. */
function halfCommits(keeps) {
  return changed({
    commit: async (inner, commits) => {
      const answer = await inner.commit(commits);
      for (const [index, one] of commits.entries()) {
        if (answer.results[index].ok) continue;
        const puts = one.puts.filter(keeps);
        if (puts.length === 0) continue;
        const whole = await blind(inner, { ...one, puts, claims: false });
        await inner.commit([whole]).catch(() => undefined);
      }
      return answer;
    },
  });
}

/** Claims of its own in place of the store's. */
function claiming(isKept) {
  const claims = new Map();
  return changed({
    commit: async (inner, commits) => {
      const results = [];
      for (const one of commits) {
        const claim = claims.get(one.tree) ?? claims.get("any");
        if (claim !== undefined && claim.owner !== one.owner && one.now < claim.until) {
          results.push({ ok: false, busy: true });
          continue;
        }
        const { results: single } = await inner.commit([{ ...one, claims: false }]);
        results.push(single[0]);
        if (single[0].ok || !one.claims) continue;
        const [key, until] = isKept(one);
        claims.set(key, { owner: one.owner, until });
      }
      return { results, storeNow: null };
    },
  });
}

/** A table of subjects that somebody else keeps, and keeps wrong. */
function namesKept(inner, wrong) {
  return { ...inner, read: (refs) => inner.read(refs.map(wrong)) };
}

const freshIds = () => {
  let last = 0;
  return (_inner, n) => Promise.resolve(Array.from({ length: n }, () => ++last));
};

/** memory() with the system's clock; `commit` is what becomes of a batch. */
function withClock(commit) {
  const inner = memory();
  return {
    ...inner,
    read: async (refs) => ({ ...(await inner.read(refs)), storeNow: Date.now() }),
    commit: async (commits) => ({ ...(await commit(inner, commits)), storeNow: Date.now() }),
  };
}

/** Answers that say of far-off times that they are off, where `isCompared`. */
function timed({ results }, commits, isCompared) {
  const isOff = (one) => isCompared(one) && Math.abs(one.now - Date.now()) > 60_000;
  return { results: results.map((result, index) => (isOff(commits[index]) ? { ok: false, clockOff: true } : result)) };
}

/** What each store does wrong, a law that finds it, and how to make it. */
export const STORE_MUTANTS = [
  {
    what: "forgets the checks of rows that are only read",
    law: /^3: a row that was only read/,
    make: () => commitsChanged((one) => ({ ...one, checks: one.checks.filter(({ ref }) => isPut(one, ref)) })),
  },
  {
    what: "forgets that null means absent",
    law: /^2: it succeeds exactly/,
    make: () =>
      commitsChanged((one) => ({
        ...one,
        checks: one.checks.filter(({ ref, version }) => version !== null || isPut(one, ref)),
      })),
  },
  {
    what: "compares no version",
    law: /^1: a commit is all or nothing/,
    make: () =>
      changed({
        commit: async (inner, commits) => inner.commit(await Promise.all(commits.map((one) => blind(inner, one)))),
      }),
  },
  {
    what: "compares the versions, and writes later",
    law: /^1: of parallel commits/,
    make: () =>
      changed({
        commit: async (inner, commits) => {
          const looked = await inner.commit(commits.map((one) => ({ ...one, puts: [] })));
          if (looked.results.some(({ ok }) => !ok)) return inner.commit(commits);
          await new Promise((resolve) => setTimeout(resolve, 1));
          const whole = [];
          for (const one of commits) whole.push(await blind(inner, one));
          return inner.commit(whole);
        },
      }),
  },
  {
    what: "takes commits that are not well formed",
    law: /^10: whoever inserts/,
    make: () =>
      changed({
        commit: (inner, commits) =>
          inner.commit(commits).catch(() => ({
            results: commits.map((one) => ({ ok: true, versions: one.puts.map(() => 1) })),
            storeNow: null,
          })),
      }),
  },
  {
    what: "does not change the version of a row that stays the same",
    law: /^4: a put changes/,
    make: versionsOfContent,
  },
  {
    what: "puts the nodes of a commit that it refuses",
    law: /^1: a commit is all or nothing/,
    make: () => halfCommits((row) => row.kind === "node"),
  },
  {
    what: "puts the entries and the root of a commit that it refuses",
    law: /^1: a commit is all or nothing/,
    make: () => halfCommits((row) => row.kind === "entry" || row.id === row.tree),
  },
  {
    what: "names no row when it refuses",
    law: /^2: a refusal gives/,
    make: () => resultsChanged((result) => (result.ok || result.busy ? result : { ok: false, rows: [] })),
  },
  {
    what: "gives versions that are not those of the rows",
    law: /^4: a put changes/,
    make: () =>
      resultsChanged((result) => (result.ok ? { ok: true, versions: result.versions.map((v) => v - 1) } : result)),
  },
  {
    what: "answers with rows of a while ago",
    law: /^4: a put changes/,
    make: () => {
      const seen = new Map();
      return changed({
        chains: (chains, refs) =>
          chains.map((rows, index) => {
            const before = seen.get(nameOf(refs[index]));
            seen.set(nameOf(refs[index]), rows);
            return before ?? rows;
          }),
      });
    },
  },
  {
    what: "gives chains from the leaf up",
    law: /^6: a read gives each ref/,
    make: () => changed({ chains: (chains) => chains.map((rows) => [...rows].reverse()) }),
  },
  {
    what: "leaves out a chain that is asked for twice",
    law: /^6: a read gives each ref/,
    make: () =>
      changed({
        chains: (chains, refs) =>
          chains.map((rows, index) =>
            refs.findIndex((ref) => nameOf(ref) === nameOf(refs[index])) === index ? rows : [],
          ),
      }),
  },
  {
    what: "fails the whole batch with one of its commits",
    law: /^9: the trees of a batch/,
    make: () =>
      resultsChanged((result, _one, all) =>
        all.every(({ ok }) => ok) ? result : { ok: false, rows: result.rows ?? [] },
      ),
  },
  {
    what: "carries out a hundred commits of a batch, and says yes to all",
    law: /^9: a batch of 500 trees/,
    make: () =>
      changed({
        commit: async (inner, commits) => {
          const { results } = await inner.commit(commits.slice(0, 100));
          const rest = commits.slice(100).map((one) => ({ ok: true, versions: one.puts.map(() => 1) }));
          return { results: [...results, ...rest], storeNow: null };
        },
      }),
  },
  {
    what: "says yes to a clash of names",
    law: /^11: a hash is unique/,
    make: () =>
      resultsChanged((result, one) => {
        const isClash = !result.ok && result.rows?.some((row) => row.kind === "node" && row.tree !== one.tree);
        return isClash ? { ok: true, versions: one.puts.map(() => 1) } : result;
      }),
  },
  {
    what: "finds subjects in any case",
    law: /^11: subjects that only look alike/,
    make: () => {
      const inner = memory();
      const known = new Map();
      const commit = async (commits) => {
        for (const row of commits.flatMap(({ puts }) => puts)) {
          if (row.kind === "node" && row.subject !== null) known.set(row.subject.toLowerCase(), row.subject);
        }
        return inner.commit(commits);
      };
      const any = (ref) => (ref.subject === undefined ? ref : { subject: known.get(ref.subject.toLowerCase()) ?? "" });
      return { ...namesKept(inner, any), commit };
    },
  },
  {
    what: "finds subjects without their last space",
    law: /^11: subjects that only look alike/,
    make: () => namesKept(memory(), (ref) => (ref.subject === undefined ? ref : { subject: ref.subject.trimEnd() })),
  },
  {
    what: "reads a lone surrogate as U+FFFD",
    law: /^8: names with NUL/,
    make: () =>
      namesKept(memory(), (ref) => (ref.subject === undefined ? ref : { subject: ref.subject.toWellFormed() })),
  },
  {
    what: "gives an id twice",
    law: /^14: an id is given once/,
    make: () => {
      let last = [];
      return changed({
        allocate: async (inner, n) => {
          const ids = await inner.allocate(n);
          const given = last.length > 0 && n > 1 ? [last[0], ...ids.slice(1)] : ids;
          last = ids;
          return given;
        },
      });
    },
  },
  {
    what: "gives an id that somebody took",
    law: /^14: an id that somebody inserted/,
    make: () => changed({ allocate: freshIds() }),
  },
  {
    what: "loses the last of many buckets",
    law: /^5: a node holds 128 buckets/,
    make: () =>
      rowsChanged((row) =>
        row.kind === "node" && row.buckets.length > 64 ? { ...row, buckets: row.buckets.slice(0, -1) } : row,
      ),
  },
  {
    what: "keeps figures as 32-bit floats",
    law: /^5: a node holds figures/,
    make: () =>
      rowsChanged((row) => (row.kind === "node" ? { ...row, spentMicrocents: Math.fround(row.spentMicrocents) } : row)),
  },
  {
    what: "keeps metadata as text",
    law: /^5: metadata keeps/,
    make: () =>
      changed({
        list: async (inner, query, page) => {
          const { rows, cursor } = await inner.list(query, page);
          const asText = (values) =>
            Object.fromEntries(Object.entries(values).map(([name, value]) => [name, `${value}`]));
          const told = (row) =>
            row.kind === "entry" && row.metadata ? { ...row, metadata: asText(row.metadata) } : row;
          return { rows: rows.map(told), cursor };
        },
      }),
  },
  {
    what: "does not know that an adjust is an entry",
    law: /^5: an entry holds every kind/,
    make: () => commitsChanged((one) => ({ ...one, puts: one.puts.filter((row) => row.entryKind !== "adjust") })),
  },
  {
    what: "takes a path for the beginning of a text",
    law: /^list: a subtree is a node/,
    make: () =>
      changed({
        list: async (inner, query, page) => {
          if (query.subtree === undefined) return inner.list(query, page);
          const { tree, path } = query.subtree;
          const whole = await inner.list({ subtree: { tree, path: String(tree) } }, page);
          return { rows: whole.rows.filter((row) => row.path.startsWith(path)), cursor: whole.cursor };
        },
      }),
  },
  {
    what: "ends every listing after its first page",
    law: /^list: 2000 entries/,
    make: () => changed({ list: async (inner, query, page) => ({ ...(await inner.list(query, page)), cursor: null }) }),
  },
  {
    what: "gives the last row of a page again on the next",
    law: /^list: pages of any size/,
    make: () =>
      changed({
        list: async (inner, query, page) => {
          const { rows, cursor } = await inner.list(query, page);
          return { rows, cursor: cursor === null || rows.length < 2 ? cursor : String(Number(cursor) - 1) };
        },
      }),
  },
  {
    what: "takes any cursor",
    law: /^list: a cursor that no page gave/,
    make: () =>
      changed({ list: (inner, query, page) => inner.list(query, page).catch(() => ({ rows: [], cursor: null })) }),
  },
  {
    what: "knows no claims",
    law: /^15: a refused commit/,
    make: () => commitsChanged((one) => ({ ...one, claims: false })),
  },
  {
    what: "claims for whoever is refused",
    law: /^15: a commit that asks for no claim/,
    make: () => commitsChanged((one) => ({ ...one, claims: true })),
  },
  {
    what: "keeps a claim for ever",
    law: /^15: a claim ends by itself/,
    make: () => claiming((one) => [one.tree, Number.POSITIVE_INFINITY]),
  },
  {
    what: "claims every tree at once",
    law: /^15: a refused commit/,
    make: () => claiming((one) => ["any", one.now + 200]),
  },
  {
    what: "has a clock, and takes any time",
    law: /^16: a store with a clock refuses/,
    make: () => withClock((inner, commits) => inner.commit(commits)),
  },
  {
    what: "compares an injected time with its own",
    law: /^16: time that is a little off/,
    make: () => withClock(async (inner, commits) => timed(await inner.commit(commits), commits, () => true)),
  },
  {
    what: "says that a time is off, and writes all the same",
    law: /^16: a store with a clock refuses/,
    make: () =>
      withClock(async (inner, commits) =>
        timed(await inner.commit(commits), commits, ({ clock }) => clock === "system"),
      ),
  },
];
