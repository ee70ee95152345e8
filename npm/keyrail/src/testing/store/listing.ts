/** Listings: for people, in pages. */
import { equal, refusal } from "../expect.js";
import { type Law, law } from "./law.js";
import { between, fresh } from "./names.js";
import { entryRow, idsOf, listAll, newChild, newRoot, nodeRow, put, seqsOf } from "./rows.js";

const ENTRIES = 2_000;
const REFUSED_CURSORS = ["x", "-1", "1.5", "NaN", "1e400", "'; drop table keys", "__proto__"];
const REFUSED_LIMITS: readonly unknown[] = [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "10", undefined];

/** What a listing gives. */
export const listingLaws: readonly Law[] = [
  law("list: pages of any size give every row once, nodes by id however they came", async (store) => {
    const account = fresh("listed");
    const ids = [...(await store.allocate(12))].sort((a, b) => a - b);
    // Ids are committed in another order than they were given.
    for (const id of [...ids.slice(6).reverse(), ...ids.slice(0, 6)]) {
      await put(store, id, [nodeRow(id, null, { accountId: account })]);
    }
    for (const limit of [1, 2, 5, 12, 500]) {
      equal(idsOf(await listAll(store, { account }, limit)), ids, `the account, ${limit} at a time`);
    }
    const first = await store.list({ account }, { cursor: null, limit: 5 });
    equal(first.rows.length, 5, "the rows of a page");
    equal(await listAll(store, { account: account.toUpperCase() }, 5), [], "the account in another case");
  }),

  law("list: a listed row is the row that is read", async (store) => {
    const account = fresh("listed");
    const root = await newRoot(store, { accountId: account, scopes: ["a"], spentMicrocents: 3 });
    equal(await listAll(store, { account }, 10), [root], "the account");
    equal(await listAll(store, { subtree: { tree: root.tree, path: root.path } }, 10), [root], "the subtree");
  }),

  law("list: a subtree is a node and what is below it, in one tree", async (store) => {
    const root = await newRoot(store);
    const { child } = await newChild(store, root);
    const { child: grand } = await newChild(store, child);
    const { child: sibling } = await newChild(store, root);
    const stranger = await newRoot(store);
    const listed = async ({ tree, path }: { tree: number; path: string }) =>
      idsOf(await listAll(store, { subtree: { tree, path } }, 1)).sort((a, b) => a - b);
    const sorted = (ids: number[]) => ids.sort((a, b) => a - b);
    equal(await listed(root), sorted([root.id, child.id, grand.id, sibling.id]), "the whole tree");
    equal(await listed(child), sorted([child.id, grand.id]), "a subtree");
    equal(await listed(grand), [grand.id], "a leaf");
    equal(await listed({ tree: root.tree, path: `${child.path}0` }), [], "a path that only begins alike");
    equal(await listed({ tree: root.tree, path: child.path.slice(0, -1) }), [], "the beginning of a path");
    for (const path of ["%", "_", "", "/", "1/%", "__proto__", `${root.path}/`, `${root.path}%`]) {
      equal(await listed({ tree: root.tree, path }), [], `the path ${JSON.stringify(path)}`);
    }
    equal(await listed({ tree: stranger.tree, path: root.path }), [], "a path in another tree");
  }),

  law("list: a path that another path begins with is not above it", async (store) => {
    const root = await newRoot(store);
    // Ids whose texts begin alike, such as 12 and 120, seldom come by themselves.
    let id = between(1_000_000, 100_000_000);
    while ((await store.read([{ id }, { id: id * 10 }])).chains.some((chain) => chain.length > 0)) id += 1;
    const [top, child] = await put(store, root.tree, [root, nodeRow(id, root)]);
    await put(store, root.tree, [top, nodeRow(id * 10, root)]);
    equal(idsOf(await listAll(store, { subtree: { tree: root.tree, path: child.path } }, 10)), [id], "the subtree");
    const all = await listAll(store, { subtree: { tree: root.tree, path: root.path } }, 10);
    equal(all.length, 3, "the nodes of the whole tree");
  }),

  law("list: entries come by seq, and pages stay right while entries come", async (store) => {
    let root = await newRoot(store);
    const query = { entries: { tree: root.tree } };
    const append = async (seq: number) => {
      const top = { ...root, root: { seq, greatestNow: root.createdAt } };
      [root] = await put(store, root.tree, [top, entryRow(seq, root)]);
    };
    for (let seq = 1; seq <= 7; seq += 1) await append(seq);
    const first = await store.list(query, { cursor: null, limit: 4 });
    await append(8);
    const second = await store.list(query, { cursor: first.cursor, limit: 100 });
    const seqs = [...first.rows, ...second.rows].map((row) => row.kind === "entry" && row.seq);
    equal(seqs, [1, 2, 3, 4, 5, 6, 7, 8], "the entries of both pages");
    equal(second.cursor, null, "the cursor of the last page");
    equal(await seqsOf(store, 2 ** 31 - 2, 10), [], "the entries of a tree that is not there");
  }),

  law(`list: ${ENTRIES} entries come by pages, each once`, async (store) => {
    const made = await newRoot(store);
    const wanted = Array.from({ length: ENTRIES }, (_, index) => index + 1);
    const top = { ...made, root: { seq: ENTRIES, greatestNow: made.createdAt } };
    const [root] = await put(store, made.tree, [top, ...wanted.map((seq) => entryRow(seq, made))] as const);
    for (const limit of [ENTRIES, ENTRIES - 1, 500, 333]) {
      equal(await seqsOf(store, root.tree, limit), wanted, `the entries, ${limit} at a time`);
    }
  }),

  law("list: a cursor that no page gave is refused", async (store) => {
    const account = fresh("listed");
    await newRoot(store, { accountId: account });
    for (const cursor of REFUSED_CURSORS) {
      await refusal(store.list({ account }, { cursor, limit: 10 }), `the cursor ${JSON.stringify(cursor)}`);
    }
  }),

  ...REFUSED_LIMITS.map((limit) =>
    law(`list: a limit of ${String(limit)}, a ${typeof limit}, is refused`, async (store) => {
      const { tree } = await newRoot(store);
      const page = { cursor: null, limit: limit as number };
      await refusal(store.list({ account: "acme" }, page), `a limit of ${String(limit)}`);
      await refusal(store.list({ entries: { tree } }, page), `a limit of ${String(limit)} for entries`);
    }),
  ),
];
