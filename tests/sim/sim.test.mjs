// The shipped request loop under seeded faults, judged by the oracle; and the proof that it can fail.
import assert from "node:assert/strict";
import { test } from "node:test";
import { judge, scenarios, withFolder } from "./oracle.mjs";
import { play } from "./play.mjs";

const SEEDS = 100;
const STEPS = 200;

test(`the request loop is sound over ${SEEDS} seeds of faults`, async (t) => {
  await withFolder(async (folder) => {
    const histories = [];
    for (const { seed, lines } of await scenarios(folder, 0, SEEDS, STEPS)) {
      histories.push({ name: `seed-${seed}`, history: await play(lines) });
    }
    const verdict = await judge(folder, histories);
    t.diagnostic(verdict);
    assert.match(verdict, /^sound: /);
    assert.ok(Number(verdict.match(/(\d+) edits taken in/)[1]) > 500, verdict);
  });
});

/** A store that says yes to commits over rows that have changed. */
function blindStore(inner) {
  const versions = new Map();
  const nameOf = (ref) => JSON.stringify(ref);
  return {
    ...inner,
    commit: async (commits) => {
      const current = commits.map((commit) => ({
        ...commit,
        checks: commit.checks.map((check) => ({ ...check, version: versions.get(nameOf(check.ref)) ?? check.version })),
      }));
      const answer = await inner.commit(current);
      answer.results.forEach((result, index) => {
        if (!result.ok) return;
        commits[index].puts.forEach((row, place) => {
          if (row.kind !== "entry") versions.set(nameOf({ [row.kind]: row.id }), result.versions[place]);
        });
      });
      return answer;
    },
  };
}

/** A store whose answers to reads come from a while ago. */
function staleStore(inner) {
  const seen = new Map();
  return {
    ...inner,
    read: async (refs) => {
      const fresh = await inner.read(refs);
      const key = JSON.stringify(refs);
      const answer = seen.get(key) ?? fresh;
      if (fresh.chains.every((chain) => chain.length > 0)) seen.set(key, fresh);
      return answer;
    },
  };
}

/** A store whose reads mix rows of now and of a read before, as one may that reads row by row. */
function tearingStore(inner) {
  const earlier = new Map();
  let turn = 0;
  const torn = (row) => {
    const name = JSON.stringify([row.kind, row.id]);
    const before = earlier.get(name) ?? row;
    earlier.set(name, row);
    turn += 1;
    return row.kind === "entry" || turn % 3 > 0 ? row : before;
  };
  return {
    ...inner,
    read: async (refs) => {
      const { chains, storeNow } = await inner.read(refs);
      return { chains: chains.map((rows) => rows.map(torn)), storeNow };
    },
  };
}

test("over a store whose reads tear nothing is committed that must not be", async (t) => {
  await withFolder(async (folder) => {
    const histories = [];
    for (const { seed, lines } of await scenarios(folder, SEEDS, 40, STEPS)) {
      histories.push({ name: `seed-${seed}`, history: await play(lines, tearingStore) });
    }
    t.diagnostic(await judge(folder, histories, { commitsOnly: true }));
  });
});

async function isFound(wrap) {
  return withFolder(async (folder) => {
    for (const { seed, lines } of await scenarios(folder, 0, 10, STEPS)) {
      try {
        await judge(folder, [{ name: `seed-${seed}`, history: await play(lines, wrap) }]);
      } catch (fault) {
        assert.match(fault.message, /violated in line/);
        return true;
      }
    }
    return false;
  });
}

test("a store that ignores versions is found out", async () => {
  assert.equal(await isFound(blindStore), true);
});

test("a store that answers with old rows is found out", async () => {
  assert.equal(await isFound(staleStore), true);
});
