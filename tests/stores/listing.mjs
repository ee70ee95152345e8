// What any store does with listings and with hostile input, beside the numbered laws.
import assert from "node:assert/strict";
import { test } from "node:test";
import { KeyrailError } from "keyrail";
import { checkOf, commit, commitOf, entryRow, listAll, newChild, newRoot, nodeRow, put, read } from "./rows.mjs";

const isRefused = (error) => error instanceof KeyrailError && typeof error.code === "string";

/** Runs every listing and hostile input on stores that `makeStore` gives. */
export function listings(makeStore) {
  const check = (name, body) => test(name, async (t) => body(await makeStore(t)));

  check("list: pages of any size give every row once, nodes by id however they came", async (store) => {
    const account = "listed";
    const ids = await store.allocate(12);
    // Ids are committed in another order than they were given.
    for (const id of [...ids.slice(6).reverse(), ...ids.slice(0, 6)]) {
      await put(store, id, [nodeRow(id, null, { accountId: account })]);
    }
    for (const limit of [1, 2, 5, 12, 500]) {
      assert.deepEqual(
        (await listAll(store, { account }, limit)).map(({ id }) => id),
        ids,
        `${limit} at a time`,
      );
    }
  });

  check("list: a subtree is a node and what is below it, in one tree", async (store) => {
    const root = await newRoot(store);
    const { child } = await newChild(store, root);
    const { child: grand } = await newChild(store, child);
    await newChild(store, root);
    await newRoot(store);
    const listed = async ({ tree, path }) => (await listAll(store, { subtree: { tree, path } }, 1)).map(({ id }) => id);
    assert.equal((await listed(root)).length, 4);
    assert.deepEqual(await listed(child), [child.id, grand.id]);
    assert.deepEqual(await listed({ tree: root.tree, path: `${child.path}0` }), []);
    for (const path of ["%", "_", "", "/", "1/%", "__proto__"]) {
      assert.deepEqual(await listed({ tree: root.tree, path }), [], path);
    }
    assert.deepEqual(await listed({ tree: root.tree + 1_000, path: root.path }), []);
  });

  check("list: entries come by seq, and pages stay right while entries come", async (store) => {
    let root = await newRoot(store);
    const query = { entries: { tree: root.tree } };
    const append = async (seq) => {
      [root] = await put(store, root.tree, [{ ...root, root: { ...root.root, seq } }, entryRow(seq, root)]);
    };
    for (let seq = 1; seq <= 7; seq += 1) await append(seq);
    const first = await store.list(query, { cursor: null, limit: 4 });
    await append(8);
    const second = await store.list(query, { cursor: first.cursor, limit: 100 });
    assert.deepEqual(
      [...first.rows, ...second.rows].map(({ seq }) => seq),
      [1, 2, 3, 4, 5, 6, 7, 8],
    );
    assert.equal(second.cursor, null);
    assert.deepEqual(await listAll(store, { entries: { tree: root.tree + 1_000 } }, 10), []);
  });

  check("list: a cursor that no page gave is refused", async (store) => {
    const { accountId: account } = await newRoot(store);
    for (const cursor of ["x", "-1", "1.5", "NaN", "1e400", "'; drop table keys", "__proto__"]) {
      await assert.rejects(store.list({ account }, { cursor, limit: 10 }), isRefused, cursor);
    }
  });

  for (const limit of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "10", undefined]) {
    check(`list: a limit of ${String(limit)} is refused`, async (store) => {
      const { accountId: account, tree } = await newRoot(store);
      await assert.rejects(store.list({ account }, { cursor: null, limit }), isRefused);
      await assert.rejects(store.list({ entries: { tree } }, { cursor: null, limit }), isRefused);
    });
  }

  for (const n of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, "2", undefined, null]) {
    check(`8: to allocate ${String(n)} ids is refused and spoils nothing`, async (store) => {
      const before = await store.allocate(2);
      await assert.rejects(store.allocate(n), isRefused);
      const after = await store.allocate(2);
      assert.equal(new Set([...before, ...after]).size, 4);
      for (const id of after) assert.ok(Number.isSafeInteger(id) && id > 0, String(id));
    });
  }

  check("8: hostile names are names like any other: unknown until they exist", async (store) => {
    const names = [
      "",
      "__proto__",
      "constructor",
      "'; drop table keys; --",
      "%",
      "*",
      "{tree}",
      "a".repeat(100_000),
      "é\n",
    ];
    const ids = [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, "1", "__proto__"];
    const refs = [
      ...names.flatMap((name) => [
        { hash: name },
        { subject: name },
        { hold: name },
        { entry: { tree: 1, command: name } },
        { entry: { node: 1, method: "charge", key: name } },
      ]),
      ...ids.map((id) => ({ id })),
    ];
    const { chains } = await store.read(refs);
    assert.deepEqual(
      chains,
      refs.map(() => []),
    );
  });

  check("8: hostile values come back as they were put", async (store) => {
    for (const text of ["__proto__", "'; drop table keys; --", '\\ " { } , NULL', "é\u{1f600}\u2028", " spaces "]) {
      const row = await newRoot(store, {
        subject: `${text} ${Math.random()}`,
        accountId: text,
        name: text,
        scopes: [text],
      });
      assert.deepEqual(await read(store, { subject: row.subject }), [row]);
      assert.ok((await listAll(store, { account: text }, 10)).some(({ id }) => id === row.id));
    }
  });

  check("8: a commit that is not well formed is refused and changes nothing", async (store) => {
    const [one, two] = [await newRoot(store), await newRoot(store)];
    const table = {
      "rows of another tree": { ...commitOf(one.tree, [one]), tree: two.tree },
      "a row of another tree": commitOf(one.tree, [one, { ...two, name: "changed" }]),
      "one row twice": commitOf(one.tree, [one, { ...one, name: "changed" }]),
      "one check twice, not alike": {
        ...commitOf(one.tree, [one]),
        checks: [checkOf(one), { ...checkOf(one), version: null }],
      },
    };
    for (const [what, bad] of Object.entries(table)) {
      // Refused by shape, or because it cannot match: never accepted, never half.
      const outcome = await commit(store, bad).catch((error) => ({ ok: !isRefused(error) }));
      assert.equal(outcome.ok, false, what);
      assert.deepEqual(await read(store, { id: one.id }), [one], what);
      assert.deepEqual(await read(store, { id: two.id }), [two], what);
    }
  });
}
