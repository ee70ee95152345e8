// The laws of the store contract, each with its number in ARCHITECTURE.md, for any store.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  checkOf,
  commit,
  commitOf,
  entryRow,
  holdRow,
  listAll,
  newChild,
  newRoot,
  nodeRow,
  put,
  read,
  terms,
} from "./rows.mjs";

const refusedShape = (error) => {
  assert.equal(error.code, "invalid_commit", String(error.stack));
  return true;
};

/** A tree of a root and a child, with a hold and two entries. */
async function newTree(store) {
  const { root: root0, child } = await newChild(store, await newRoot(store, { hash: hashOf("root") }), {
    hash: hashOf("child"),
    subject: subjectOf("child"),
  });
  const hold = holdRow(`hold_${child.id}`, child);
  const charge = entryRow(1, child, { idempotency: { method: "charge", key: "k" } });
  const reserve = entryRow(2, child, {
    entryKind: "reserve",
    hold: hold.id,
    idempotency: { method: "reserve", key: "k" },
  });
  const [root, stored, first, second] = await put(store, root0.tree, [root0, hold, charge, reserve]);
  return { root, child, hold: stored, charge: first, reserve: second };
}

/** A version that no row has; two rows of one commit may have the same. */
const NEVER = "0";

let made = 0;
/** Names are unique over all trees of a store, so each test makes its own. */
const hashOf = (name) => {
  made += 1;
  return `${name}-${made}`.padStart(64, "0");
};
const subjectOf = (name) => `${name}-${++made}`;

/** Runs every law on stores that `makeStore` gives: empty ones, or ones whose rows are not looked at. */
export function laws(makeStore) {
  const law = (name, body) => test(name, async (t) => body(await makeStore(t)));

  law("1: a commit is all or nothing", async (store) => {
    const { root, child, hold, reserve } = await newTree(store);
    const [next] = await store.allocate(1);
    const rows = [
      root,
      { ...child, spentMicrocents: 5 },
      { ...hold, state: "released" },
      nodeRow(next, root, { hash: hashOf("new") }),
      holdRow(`hold_new_${next}`, child),
      entryRow(3, child),
    ];
    const before = await listAll(store, { entries: { tree: root.tree } }, 100);
    const right = commitOf(root.tree, rows);
    const keys = { ref: { entry: { node: child.id, method: "charge", key: "k" } }, version: null };
    const wrongs = [...right.checks.map((one) => ({ ...one, version: NEVER })), keys];
    for (const wrong of wrongs) {
      const checks = right.checks.filter(({ ref }) => JSON.stringify(ref) !== JSON.stringify(wrong.ref));
      const result = await commit(store, { ...right, checks: [...checks, wrong] });
      assert.equal(result.ok, false, JSON.stringify(wrong));
      assert.deepEqual(await read(store, { hold: hold.id }), [root, child, hold]);
      assert.deepEqual(await read(store, { id: next }), []);
      assert.deepEqual(await read(store, { hold: `hold_new_${next}` }), []);
      assert.deepEqual(await listAll(store, { entries: { tree: root.tree } }, 100), before);
    }
    assert.equal((await commit(store, right)).ok, true);
    assert.equal((await read(store, { entry: { tree: root.tree, command: reserve.command } })).at(-1).seq, 2);
  });

  law("2: it succeeds exactly when every check matches, and null matches absence", async (store) => {
    const { root, child, hold, charge } = await newTree(store);
    const [free] = await store.allocate(1);
    const key = (name) => ({ entry: { node: child.id, method: "charge", key: name } });
    const table = [
      [[], true],
      [[checkOf(root)], true],
      [[checkOf(root), checkOf(child), checkOf(hold)], true],
      [[{ ref: key("k"), version: charge.version }], true],
      [[{ ref: key("k"), version: null }], false],
      [[{ ref: key("free"), version: null }], true],
      [[{ ref: key("free"), version: charge.version }], false],
      [[{ ref: { node: free }, version: null }], true],
      [[{ ref: { node: free }, version: root.version }], false],
      [[{ ref: { hold: "hold_free" }, version: null }], true],
      [[{ ref: { hold: hold.id }, version: null }], false],
      [[{ ref: { node: child.id }, version: NEVER }], false],
      [[{ ref: { node: child.id }, version: null }], false],
      [[checkOf(root), checkOf(child), { ref: { hold: hold.id }, version: NEVER }], false],
    ];
    for (const [checks, ok] of table) {
      const result = await commit(store, { ...terms(root.tree), checks, puts: [] });
      assert.equal(result.ok, ok, JSON.stringify(checks));
    }
  });

  law("2: a refusal gives the current rows behind every failed check that exist", async (store) => {
    const { root, child, hold, charge } = await newTree(store);
    const [free] = await store.allocate(1);
    const key = { entry: { node: child.id, method: "charge", key: "k" } };
    const checks = [
      { ref: { node: root.id }, version: null },
      checkOf(child),
      { ref: { hold: hold.id }, version: null },
      { ref: key, version: null },
      { ref: { node: free }, version: root.version },
    ];
    const result = await commit(store, { ...terms(root.tree), checks, puts: [] });
    assert.equal(result.ok, false);
    const byKind = (rows) => rows.toSorted((a, b) => (a.kind < b.kind ? -1 : 1));
    assert.deepEqual(byKind(result.rows), byKind([root, hold, charge]));
  });

  law(
    "3: a put of a node or hold that is not checked is refused, and a stale ancestor refuses a commit",
    async (store) => {
      const { root, child, hold } = await newTree(store);
      const unchecked = (row, also) => ({ ...commitOf(root.tree, [row]), checks: also });
      await assert.rejects(store.commit([unchecked(child, [checkOf(root)])]), refusedShape);
      await assert.rejects(store.commit([unchecked(hold, [checkOf(root)])]), refusedShape);
      await put(store, root.tree, [{ ...root, capMicrocents: 1 }]);
      const result = await commit(store, commitOf(root.tree, [{ ...child, spentMicrocents: 1 }], [checkOf(root)]));
      assert.equal(result.ok, false);
      assert.deepEqual(
        result.rows.map(({ id }) => id),
        [root.id],
      );
      assert.equal((await read(store, { id: child.id })).at(-1).spentMicrocents, 0);
    },
  );

  law(
    "4: a put changes the version, also of a row that stays the same, and success returns the new ones",
    async (store) => {
      let { root, child, hold } = await newTree(store);
      const seen = new Set([child.version]);
      for (let round = 0; round < 20; round += 1) {
        [child, root, hold] = await put(store, root.tree, [child, root, hold]);
        assert.equal(seen.has(child.version), false);
        seen.add(child.version);
        assert.deepEqual(await read(store, { hold: hold.id }), [root, child, hold]);
      }
    },
  );

  law("5: a read after a commit sees it, by every name and with every column", async (store) => {
    const root = await newRoot(store, {
      hash: hashOf("a"),
      accountId: "acme",
      userId: "u",
      name: "n",
      delegatedBy: "d",
      scopes: ["read", "read", "__proto__", "", "quote \" and ' and \\ and , { }", "é\u{1f600}\n"],
      expiresAt: 4_102_444_800_000,
      revokedAt: 1,
      lastUsedAt: 2,
      capMicrocents: 9_000_000_000_000_000,
      period: "month",
      alignment: "calendar",
      window: 7,
      resetAt: 3,
      spentMicrocents: -9_000_000_000_000_000,
      buckets: [
        { expiresAt: 10, heldMicrocents: 1 },
        { expiresAt: 20, heldMicrocents: 9_000_000_000_000_000 },
      ],
      trueToSeq: 5,
      root: { seq: 5, greatestNow: 4_102_444_800_001 },
    });
    const { root: top, child } = await newChild(store, root, { subject: subjectOf("sub/ject '"), scopes: [] });
    const settled = { costMicrocents: 3, overdraftMicrocents: 2, late: true };
    const hold = holdRow(`hold_${child.id}`, child, { state: "settled", endedAt: 9, settled, windows: [7, 0] });
    const metadata = { ["__proto__"]: "x", n: 1.5, yes: true, none: null, "é'": '"' };
    const columns = {
      entryKind: "reserve",
      hold: hold.id,
      expiresAt: 8,
      remainingMicrocents: 0,
      late: true,
      windows: [7, 0],
    };
    const idempotency = { method: "reserve", key: "é ' \\ %_" };
    const entry = entryRow(6, child, { ...columns, metadata, idempotency });
    const [root2, hold2, entry2] = await put(store, root.tree, [top, hold, entry]);
    const chain = [root2, child];
    assert.deepEqual(await read(store, { hash: root.hash }), [root2]);
    assert.deepEqual(await read(store, { subject: child.subject }), chain);
    assert.deepEqual(await read(store, { id: child.id }), chain);
    assert.deepEqual(await read(store, { hold: hold.id }), [...chain, hold2]);
    const full = [...chain, hold2, entry2];
    assert.deepEqual(await read(store, { entry: { tree: root.tree, command: entry.command } }), full);
    assert.deepEqual(await read(store, { entry: { node: child.id, ...idempotency } }), full);
  });

  law("6: a read gives each ref its chain, root first, in the order asked", async (store) => {
    let parent = await newRoot(store);
    for (let level = 1; level <= 8; level += 1) parent = (await newChild(store, parent)).child;
    const other = await newRoot(store, { hash: hashOf("other") });
    const refs = [
      { id: parent.id },
      { hash: "0".repeat(64) },
      { hash: other.hash },
      { id: parent.id },
      { subject: "no" },
    ];
    const { chains } = await store.read(refs);
    assert.deepEqual(
      chains.map((chain) => chain.length),
      [9, 0, 1, 9, 0],
    );
    assert.deepEqual(
      chains[0].map(({ id }) => String(id)),
      parent.path.split("/"),
    );
    assert.deepEqual(chains[3], chains[0]);
    assert.deepEqual((await store.read([])).chains, []);
  });

  law("7: after a commit whose answer was lost its entry answers, and its repetition is refused", async (store) => {
    const root = await newRoot(store, { hash: hashOf("r") });
    const lost = commitOf(root.tree, [{ ...root, spentMicrocents: 1 }, entryRow(1, root)]);
    await store.commit([lost]);
    const [, entry] = await read(store, { entry: { tree: root.tree, command: lost.puts[1].command } });
    assert.equal(entry.seq, 1);
    assert.equal((await commit(store, lost)).ok, false);
    assert.equal((await listAll(store, { entries: { tree: root.tree } }, 10)).length, 1);
  });

  law("9: a batch with two commits for one tree is refused whole", async (store) => {
    const [one, two] = [await newRoot(store), await newRoot(store)];
    const change = (row, name) => commitOf(row.tree, [{ ...row, name }]);
    await assert.rejects(store.commit([change(two, "x"), change(one, "a"), change(one, "b")]), refusedShape);
    for (const row of [one, two]) assert.deepEqual(await read(store, { id: row.id }), [row]);
  });

  law("9: the trees of a batch succeed or fail one by one", async (store) => {
    const roots = await Promise.all(Array.from({ length: 5 }, () => newRoot(store)));
    const stale = { ...roots[2], version: roots[1].version };
    const rows = roots.with(2, stale).map((row) => ({ ...row, name: "changed" }));
    const { results } = await store.commit(rows.map((row) => commitOf(row.tree, [row])));
    assert.deepEqual(
      results.map(({ ok }) => ok),
      [true, true, false, true, true],
    );
    const names = (await store.read(roots.map(({ id }) => ({ id })))).chains.map(([row]) => row.name);
    assert.deepEqual(names, ["changed", "changed", "default", "changed", "changed"]);
  });

  law("10: whoever inserts a node, a hold or an entry checks and puts the root", async (store) => {
    const { root, child } = await newTree(store);
    const [id] = await store.allocate(1);
    for (const row of [nodeRow(id, root), holdRow("hold_x", child), entryRow(3, child)]) {
      const alone = commitOf(root.tree, [row]);
      await assert.rejects(store.commit([alone]), refusedShape);
      await assert.rejects(store.commit([{ ...alone, checks: [...alone.checks, checkOf(root)] }]), refusedShape);
    }
    assert.deepEqual(await read(store, { id }), []);
    assert.equal((await listAll(store, { entries: { tree: root.tree } }, 10)).length, 2);
  });

  law("10: of many inserts behind one version of the root exactly one succeeds", async (store) => {
    const { root, child } = await newTree(store);
    const insert = (index) => commit(store, commitOf(root.tree, [root, holdRow(`hold_${child.id}_${index}`, child)]));
    const results = await Promise.all(Array.from({ length: 16 }, (_, index) => insert(index)));
    assert.equal(results.filter(({ ok }) => ok).length, 1);
    const isThere = await Promise.all(results.map((_, index) => read(store, { hold: `hold_${child.id}_${index}` })));
    assert.equal(isThere.filter((chain) => chain.length > 0).length, 1);
  });

  law("11: a commit inserts at most one node", async (store) => {
    const root = await newRoot(store);
    const [one, two] = await store.allocate(2);
    await assert.rejects(
      store.commit([commitOf(root.tree, [root, nodeRow(one, root), nodeRow(two, root)])]),
      refusedShape,
    );
    assert.deepEqual([await read(store, { id: one }), await read(store, { id: two })], [[], []]);
  });

  for (const name of ["hash", "subject"]) {
    const make = name === "hash" ? hashOf : subjectOf;
    law(`11: a ${name} is unique over all trees, and a clash refuses that commit alone`, async (store) => {
      const owner = await newRoot(store, { [name]: make("owned") });
      const ids = await store.allocate(3);
      const rows = ids.map((id, index) => nodeRow(id, null, { [name]: index === 1 ? owner[name] : make("free") }));
      const { results } = await store.commit(rows.map((row) => commitOf(row.tree, [row])));
      assert.deepEqual(
        results.map(({ ok }) => ok),
        [true, false, true],
      );
      assert.deepEqual(results[1].rows, [owner], "the owner is named");
      assert.deepEqual(await read(store, { [name]: owner[name] }), [owner]);
      assert.deepEqual(await read(store, { id: ids[1] }), []);
      assert.equal((await read(store, { id: ids[2] })).length, 1);
    });

    law(`11: a ${name} that a node gives up is free, and one that it takes is not`, async (store) => {
      const [first, second] = [make("first"), make("second")];
      const [row] = await put(store, ...(await renamed(store, { [name]: first }, { [name]: second })));
      assert.deepEqual(await read(store, { [name]: first }), []);
      assert.deepEqual(await read(store, { [name]: second }), [row]);
      const heir = await newRoot(store, { [name]: first });
      assert.deepEqual(await read(store, { [name]: first }), [heir]);
      const result = await commit(store, commitOf(heir.tree, [{ ...heir, [name]: second }]));
      assert.deepEqual(result, { ok: false, rows: [row] });
    });
  }

  law("11: of parallel inserts of one subject exactly one succeeds", async (store) => {
    const subject = subjectOf("wanted");
    const ids = await store.allocate(12);
    const results = await Promise.all(ids.map((id) => commit(store, commitOf(id, [nodeRow(id, null, { subject })]))));
    assert.equal(results.filter(({ ok }) => ok).length, 1);
    const [winner] = await read(store, { subject });
    for (const result of results) if (!result.ok) assert.deepEqual(result.rows, [winner]);
  });

  law(
    "15: a refused commit that claims its tree keeps others out, itself not, and only for a moment",
    async (store) => {
      const { root, child } = await newTree(store);
      const change = (owner, rows, also = {}) => ({ ...commitOf(root.tree, rows), owner, ...also });
      const stale = { ...root, version: NEVER };
      const claim = await commit(store, change("slow", [stale], { claims: true }));
      assert.deepEqual(claim, { ok: false, rows: [root] });
      assert.deepEqual(await commit(store, change("fast", [root])), { ok: false, busy: true });
      assert.deepEqual(await commit(store, change("fast", [stale], { claims: true })), { ok: false, busy: true });
      const other = await newRoot(store, { hash: hashOf("other") });
      assert.equal((await commit(store, { ...commitOf(other.tree, [other]), owner: "fast" })).ok, true);
      assert.equal((await commit(store, change("slow", [child]))).ok, true);
      await new Promise((resolve) => setTimeout(resolve, 250));
      assert.equal((await commit(store, change("fast", [root], { now: root.createdAt + 250 }))).ok, true);
    },
  );

  law("15: a commit that asks for no claim keeps nobody out", async (store) => {
    const { root } = await newTree(store);
    await commit(store, { ...commitOf(root.tree, [{ ...root, version: NEVER }]), owner: "one" });
    assert.equal((await commit(store, { ...commitOf(root.tree, [root]), owner: "other" })).ok, true);
  });

  law("14: an id is given once, over parallel calls", async (store) => {
    const lists = await Promise.all(Array.from({ length: 40 }, (_, index) => store.allocate(index % 5)));
    assert.deepEqual(
      lists.map((list) => list.length),
      lists.map((_, index) => index % 5),
    );
    const ids = lists.flat();
    assert.equal(new Set(ids).size, ids.length);
    for (const id of ids) assert.ok(Number.isSafeInteger(id) && id > 0, String(id));
  });

  law("14: an id that somebody inserted by himself is never given", async (store) => {
    const [last] = await store.allocate(1);
    const foreign = last + 3;
    await put(store, foreign, [nodeRow(foreign)]);
    const ids = (await Promise.all(Array.from({ length: 8 }, () => store.allocate(1)))).flat();
    assert.equal(ids.includes(foreign), false, `${ids}`);
  });
}

/** A root made with `before`, and the arguments that put it with `after`. */
async function renamed(store, before, after) {
  const row = await newRoot(store, before);
  return [row.tree, [{ ...row, ...after }]];
}
