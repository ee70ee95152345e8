/** Law 16: whose time counts. */
import { CLOCK_OFF_MAX_MS } from "../../store/shape.js";
import { ensure, equal } from "../expect.js";
import { type Law, law } from "./law.js";
import { commit, commitOf, entryRow, NOW, newRoot, newTree, put, read, seqsOf } from "./rows.js";

const FAR_MS = 2 * CLOCK_OFF_MAX_MS;
const NEAR_MS = CLOCK_OFF_MAX_MS / 2;
/** The year 2020: a store's clock may be off, but it is a clock. */
const PLAUSIBLE_MS = 1_577_836_800_000;

/** What a store with a clock, and one without, do with the time of commits. */
export const clockLaws: readonly Law[] = [
  law(
    "16: a store with a clock refuses the system's time where it is far off, and nothing is written",
    async (store) => {
      const { root } = await newTree(store);
      const { storeNow } = await store.read([{ id: root.id }]);
      for (const off of [FAR_MS, -FAR_MS]) {
        const now = (storeNow ?? NOW) + off;
        const rows = [{ ...root, name: "far" }, entryRow(3, root)];
        const result = await commit(store, { ...commitOf(root.tree, rows), clock: "system", now });
        if (storeNow === null) {
          equal(result.ok, true, "a commit at any time, where the store has no clock");
          return;
        }
        equal(result, { ok: false, clockOff: true }, `a commit ${off} ms off`);
        equal(await read(store, { id: root.id }), [root], "the row after it");
        equal(await seqsOf(store, root.tree, 10), [1, 2], "the entries after it");
      }
    },
  ),

  law("16: time that is a little off, or injected, is taken as it is", async (store) => {
    let root = await newRoot(store);
    const { storeNow } = await store.read([{ id: root.id }]);
    const here = storeNow ?? NOW;
    for (const off of [0, NEAR_MS, -NEAR_MS]) {
      const one = { ...commitOf(root.tree, [root]), clock: "system" as const, now: here + off };
      const result = await commit(store, one);
      ensure(result.ok, `a commit ${off} ms off succeeds`);
      root = { ...root, version: result.versions[0] as number };
    }
    for (const now of [0, here + 1_000 * FAR_MS]) {
      const result = await commit(store, { ...commitOf(root.tree, [root]), now });
      ensure(result.ok, `a commit at the injected time ${now} succeeds`);
      root = { ...root, version: result.versions[0] as number };
    }
  }),

  law("16: a clock goes forward, or there is none", async (store) => {
    const root = await newRoot(store);
    const first = (await store.read([{ id: root.id }])).storeNow;
    const { storeNow: second } = await store.commit([commitOf(root.tree, [root])]);
    const third = (await store.read([{ id: root.id }])).storeNow;
    if (first === null || second === null || third === null) {
      equal([first, second, third], [null, null, null], "the time of a store without a clock");
      return;
    }
    for (const at of [first, second, third]) {
      ensure(
        Number.isSafeInteger(at) && at > PLAUSIBLE_MS,
        `a store's time is in whole ms since the epoch; it is ${at}`,
      );
    }
    ensure(first <= second && second <= third, `a store's time goes forward; it was ${first}, ${second}, ${third}`);
  }),

  law("16: in a batch only the commits whose time is far off are refused for it", async (store) => {
    const [one, two] = [await newRoot(store), await newRoot(store)];
    const { storeNow } = await store.read([]);
    const now = storeNow ?? (await store.read([{ id: one.id }])).storeNow;
    if (now === null) return;
    const { results } = await store.commit([
      { ...commitOf(one.tree, [one]), clock: "system", now: now + FAR_MS },
      { ...commitOf(two.tree, [two]), clock: "system", now },
    ]);
    equal(results[0], { ok: false, clockOff: true }, "the commit that is far off");
    equal(results[1]?.ok, true, "the other");
    await put(store, one.tree, [one]);
  }),
];
