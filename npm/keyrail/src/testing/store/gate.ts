/** Law 10: the root gates its tree. */
import type { Store } from "../../store/contract.js";
import { equal, refusal } from "../expect.js";
import { type Law, law } from "./law.js";
import { fresh } from "./names.js";
import { checkOf, commit, commitOf, entryRow, freshId, holdRow, newTree, nodeRow, read, seqsOf } from "./rows.js";

const RACERS = 16;

const isThere = async (store: Store, hold: string): Promise<boolean> => (await read(store, { hold })).length > 0;

/** What stands between a tree and new rows. */
export const gateLaws: readonly Law[] = [
  law("10: whoever inserts a node, a hold or an entry checks and puts the root", async (store) => {
    const { root, child } = await newTree(store);
    const id = await freshId(store);
    for (const row of [nodeRow(id, root), holdRow(fresh("hold"), child), entryRow(3, child)]) {
      const alone = commitOf(root.tree, [row]);
      const what = `a new ${row.kind} without its root`;
      await refusal(store.commit([alone]), what, "invalid_commit");
      const checked = { ...alone, checks: [...alone.checks, checkOf(root)] };
      await refusal(store.commit([checked]), `${what} put, if checked`, "invalid_commit");
    }
    equal(await read(store, { id }), [], "the node that was refused");
    equal(await seqsOf(store, root.tree, 10), [1, 2], "the entries of the tree");
  }),

  law("10: of many inserts behind one version of the root exactly one succeeds", async (store) => {
    const { root, child } = await newTree(store);
    const holds = Array.from({ length: RACERS }, () => fresh("hold"));
    const insert = (hold: string) => commit(store, commitOf(root.tree, [root, holdRow(hold, child)]));
    const results = await Promise.all(holds.map(insert));
    equal(results.filter(({ ok }) => ok).length, 1, `of ${RACERS} parallel inserts those that succeed`);
    const there = await Promise.all(holds.map((hold) => isThere(store, hold)));
    equal(
      there,
      results.map(({ ok }) => ok),
      "the holds that are there",
    );
  }),

  law("10: an entry is there once, however many write it at a time", async (store) => {
    const { root, child } = await newTree(store);
    const one = commitOf(root.tree, [root, entryRow(3, child)]);
    const results = await Promise.all(Array.from({ length: RACERS }, () => commit(store, one)));
    equal(results.filter(({ ok }) => ok).length, 1, `of ${RACERS} parallel appends those that succeed`);
    equal(await seqsOf(store, root.tree, 10), [1, 2, 3], "the entries of the tree");
  }),
];
