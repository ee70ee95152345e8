/** Law 15: a process that lost too often gets its tree to itself for a moment. */
import type { Commit } from "../../store/contract.js";
import { CLAIM_MS } from "../../store/shape.js";
import { equal } from "../expect.js";
import { type Law, law } from "./law.js";
import { commit, commitOf, type Draft, NEVER, NOW, newRoot, newTree } from "./rows.js";

/** Longer than a claim lasts. */
const PAST_MS = CLAIM_MS + 50;

const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, PAST_MS));
const BUSY = { ok: false, busy: true };

const by = (owner: string, tree: number, rows: readonly Draft[], also: Partial<Commit> = {}): Commit => {
  return { ...commitOf(tree, rows), owner, ...also };
};

/** Who is kept out, and for how long. */
export const claimLaws: readonly Law[] = [
  law(
    "15: a refused commit that claims its tree keeps others out, itself not, and only for a moment",
    async (store) => {
      const { root, child } = await newTree(store);
      const other = await newRoot(store);
      const { tree } = root;
      const stale = { ...root, version: NEVER };
      const claim = await commit(store, by("slow", tree, [stale], { claims: true }));
      equal(claim, { ok: false, rows: [root] }, "the commit that claims");
      equal(await commit(store, by("fast", tree, [root])), BUSY, "somebody else's commit");
      equal(await commit(store, by("fast", tree, [stale], { claims: true })), BUSY, "somebody else's claim");
      equal((await commit(store, by("fast", other.tree, [other]))).ok, true, "a commit on another tree");
      equal((await commit(store, by("slow", tree, [child]))).ok, true, "the owner's commit");
      await later();
      equal(
        (await commit(store, by("fast", tree, [root], { now: NOW + PAST_MS }))).ok,
        true,
        "a commit after the claim",
      );
    },
  ),

  law("15: a claim ends by itself, also when its owner never comes back", async (store) => {
    const { root } = await newTree(store);
    await commit(store, by("gone", root.tree, [{ ...root, version: NEVER }], { claims: true }));
    equal(await commit(store, by("other", root.tree, [root])), BUSY, "a commit during the claim");
    await later();
    equal((await commit(store, by("other", root.tree, [root], { now: NOW + PAST_MS }))).ok, true, "one after it");
  }),

  law("15: a commit that asks for no claim keeps nobody out", async (store) => {
    const { root } = await newTree(store);
    await commit(store, by("one", root.tree, [{ ...root, version: NEVER }]));
    equal((await commit(store, by("other", root.tree, [root]))).ok, true, "somebody else's commit");
  }),

  law("15: a commit that succeeds claims nothing", async (store) => {
    const root = await newRoot(store);
    const first = await commit(store, by("one", root.tree, [root], { claims: true }));
    equal(first.ok, true, "the first commit");
    const version = first.ok ? first.versions[0] : undefined;
    const next = version === undefined ? root : { ...root, version };
    equal((await commit(store, by("other", root.tree, [next]))).ok, true, "somebody else's commit");
  }),
];
