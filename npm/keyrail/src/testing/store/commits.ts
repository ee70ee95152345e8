/** Laws 1 to 4: what a commit does, and when. */
import type { Check, EntryRef, Store, Stored, Version } from "../../store/contract.js";
import { ensure, equal, refusal, shown } from "../expect.js";
import { type Law, law } from "./law.js";
import { fresh, freshHash } from "./names.js";
import {
  checkOf,
  checksOnly,
  commit,
  commitOf,
  entryRow,
  freshId,
  holdRow,
  listAll,
  NEVER,
  newTree,
  nodeRow,
  put,
  read,
  readNode,
} from "./rows.js";

/** How many commits race for one root. */
const RACERS = 32;

/** An idempotency key of a charge. */
const keyOf = (node: number, key: string): Extract<EntryRef, { node: number }> => ({ node, method: "charge", key });

/** What a commit does. */
export const commitLaws: readonly Law[] = [
  law("1: a commit is all or nothing", async (store) => {
    const { root, child, hold, reserve } = await newTree(store);
    const next = await freshId(store);
    const added = fresh("hold");
    const rows = [
      root,
      { ...child, spentMicrocents: 5 },
      { ...hold, state: "released" as const },
      nodeRow(next, root, { hash: freshHash() }),
      holdRow(added, child),
      entryRow(3, child),
    ];
    const entries = { entries: { tree: root.tree } };
    const before = await listAll(store, entries, 100);
    const right = commitOf(root.tree, rows);
    const taken: Check = { ref: { entry: keyOf(child.id, "k") }, version: null };
    const wrongs: Check[] = [...right.checks.map((one) => ({ ...one, version: NEVER })), taken];
    for (const wrong of wrongs) {
      const others = right.checks.filter(({ ref }) => JSON.stringify(ref) !== JSON.stringify(wrong.ref));
      const result = await commit(store, { ...right, checks: [...others, wrong] });
      equal(result.ok, false, `a commit whose check of ${shown(wrong.ref)} fails`);
      equal(await read(store, { hold: hold.id }), [root, child, hold], "the rows after a refusal");
      equal(await read(store, { id: next }), [], "the node of a refused commit");
      equal(await read(store, { hold: added }), [], "the hold of a refused commit");
      equal(await listAll(store, entries, 100), before, "the entries after a refusal");
    }
    equal((await commit(store, right)).ok, true, "a commit whose checks match");
    const asked = { entry: { tree: root.tree, command: reserve.command } };
    equal((await read(store, asked)).at(-1), reserve, "an entry that was there before");
    equal((await read(store, { hold: hold.id })).at(-1)?.kind, "hold", "the last row of a hold");
    equal((await readNode(store, { id: next })).id, next, "the node of a commit that succeeded");
    equal((await read(store, { hold: added })).length, 3, "the rows of a new hold");
    equal((await listAll(store, entries, 100)).length, 3, "the entries of the tree");
  }),

  law("1: of parallel commits of the same rows one succeeds whole, the others change nothing", async (store) => {
    let { root, child, hold } = await newTree(store);
    for (let round = 0; round < 4; round += 1) {
      const marks = Array.from({ length: RACERS }, (_, index) => round * 1_000 + index + 1);
      const rowsOf = (mark: number) => [
        { ...root, name: String(mark) },
        { ...child, spentMicrocents: mark },
        { ...hold, amountMicrocents: mark },
      ];
      const results = await Promise.all(marks.map((mark) => commit(store, commitOf(root.tree, rowsOf(mark)))));
      equal(results.filter(({ ok }) => ok).length, 1, `of ${RACERS} parallel commits those that succeed`);
      const won = marks[results.findIndex(({ ok }) => ok)] as number;
      const chain = await read(store, { hold: hold.id });
      const [top, own, held] = chain;
      ensure(
        top?.kind === "node" && own?.kind === "node" && held?.kind === "hold",
        "a hold's chain is root, node, hold",
      );
      const marked = [top.name, own.spentMicrocents, held.amountMicrocents];
      equal(marked, [String(won), won, won], "the rows after the race");
      [root, child, hold] = [top, own, held];
    }
  }),

  law("2: it succeeds exactly when every check matches, and null matches absence", async (store) => {
    const { root, child, hold, charge } = await newTree(store);
    const free = await freshId(store);
    const key = (name: string) => ({ entry: keyOf(child.id, name) });
    const reserved = { entry: { ...keyOf(child.id, "k"), method: "reserve" as const } };
    const table: [Check[], boolean][] = [
      [[], true],
      [[checkOf(root)], true],
      [[checkOf(root), checkOf(child), checkOf(hold)], true],
      [[{ ref: key("k"), version: charge.version }], true],
      [[{ ref: key("k"), version: null }], false],
      [[{ ref: key("K"), version: null }], true],
      [[{ ref: key("free"), version: null }], true],
      [[{ ref: key("free"), version: charge.version }], false],
      [[{ ref: reserved, version: null }], false],
      [[{ ref: { entry: keyOf(root.id, "k") }, version: null }], true],
      [[{ ref: { node: free }, version: null }], true],
      [[{ ref: { node: free }, version: root.version }], false],
      [[{ ref: { hold: fresh("free") }, version: null }], true],
      [[{ ref: { hold: hold.id }, version: null }], false],
      [[{ ref: { node: child.id }, version: NEVER }], false],
      [[{ ref: { node: child.id }, version: null }], false],
      [[checkOf(root), checkOf(child), { ref: { hold: hold.id }, version: NEVER }], false],
    ];
    for (const [checks, ok] of table) {
      equal((await commit(store, checksOnly(root.tree, checks))).ok, ok, `a commit with the checks ${shown(checks)}`);
    }
  }),

  law("2: a refusal gives the current rows behind every failed check that exist", async (store) => {
    const { root, child, hold, charge } = await newTree(store);
    const checks: Check[] = [
      { ref: { node: root.id }, version: null },
      checkOf(child),
      { ref: { hold: hold.id }, version: null },
      { ref: { entry: keyOf(child.id, "k") }, version: null },
      { ref: { node: await freshId(store) }, version: root.version },
    ];
    const result = await commit(store, checksOnly(root.tree, checks));
    const byKind = (rows: readonly Stored[]) => [...rows].sort((a, b) => (a.kind < b.kind ? -1 : 1));
    equal("rows" in result && byKind(result.rows), byKind([root, hold, charge]), "the rows of the refusal");
  }),

  law("3: a put of a node or hold that is not checked is refused", async (store) => {
    const { root, child, hold } = await newTree(store);
    for (const row of [child, hold]) {
      const unchecked = { ...commitOf(root.tree, [row]), checks: [checkOf(root)] };
      await refusal(store.commit([unchecked]), `a put of a ${row.kind} without a check`, "invalid_commit");
    }
  }),

  law("3: a row that was only read refuses a commit when it is stale", async (store) => {
    const { root, child, hold, charge } = await newTree(store);
    const [changed] = await put(store, root.tree, [{ ...root, capMicrocents: 1 }]);
    const stale: [Check, readonly Stored[]][] = [
      [checkOf(root), [changed]],
      [{ ref: { hold: hold.id }, version: NEVER }, [hold]],
      [{ ref: { entry: keyOf(child.id, "k") }, version: null }, [charge]],
    ];
    for (const [check, rows] of stale) {
      const result = await commit(store, commitOf(root.tree, [{ ...child, spentMicrocents: 1 }], [check]));
      equal(result, { ok: false, rows }, `a commit that read ${shown(check.ref)}`);
      equal((await readNode(store, { id: child.id })).spentMicrocents, 0, "what was spent after a refusal");
    }
  }),

  law("4: a put changes the version, also of a row that stays the same", async (store) => {
    const { root: top, child: own, hold: open } = await newTree(store);
    let [child, root, hold] = [own, top, open];
    const seen = new Set<Version>([child.version]);
    for (let round = 0; round < 20; round += 1) {
      [child, root, hold] = await put(store, root.tree, [child, root, hold]);
      equal(seen.has(child.version), false, "whether a version comes again");
      seen.add(child.version);
      equal(await read(store, { hold: hold.id }), [root, child, hold], "the rows with the versions of the commit");
    }
  }),

  law("4: a row that is put back to what it was refuses who read it before", async (store) => {
    const { root } = await newTree(store);
    const [changed] = await put(store, root.tree, [{ ...root, spentMicrocents: 1 }]);
    await put(store, root.tree, [{ ...changed, spentMicrocents: root.spentMicrocents }]);
    const result = await commit(store, commitOf(root.tree, [{ ...root, spentMicrocents: 2 }]));
    equal(result.ok, false, "a commit over a row that changed twice");
  }),
];

/** Commits race on many trees; every one that succeeded counts, and no other. */
export const raceLaws: readonly Law[] = [
  law("1: what parallel writers add to a row with retries is all there", async (store) => {
    const { root } = await newTree(store);
    const add = async (store: Store, owner: string): Promise<void> => {
      for (let attempt = 0; attempt < 2_000; attempt += 1) {
        const row = await readNode(store, { id: root.id });
        const more = { ...row, spentMicrocents: row.spentMicrocents + 1 };
        if ((await commit(store, { ...commitOf(row.tree, [more]), owner })).ok) return;
      }
      ensure(false, "a writer lost 2,000 times");
    };
    const writers = ["a", "b", "c", "d"].map(async (owner) => {
      for (let turn = 0; turn < 10; turn += 1) await add(store, owner);
    });
    await Promise.all(writers);
    equal((await readNode(store, { id: root.id })).spentMicrocents, 40, "what four writers added ten times");
  }),
];
