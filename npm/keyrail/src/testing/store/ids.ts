/** Law 14: an id is given once. */
import { ensure, equal, refusal } from "../expect.js";
import { type Law, law } from "./law.js";
import { between } from "./names.js";
import { freshId, listAll, nodeRow, put, read, readNode } from "./rows.js";

/** The greatest id: what a 32-bit column holds. */
const ID_MAX = 2 ** 31 - 1;

const areIds = (ids: readonly number[]): boolean => ids.every((id) => Number.isSafeInteger(id) && id > 0);

const REFUSED_COUNTS: readonly unknown[] = [
  -1,
  1.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  2 ** 53,
  "2",
  undefined,
  null,
];

/** How ids are given. */
export const idLaws: readonly Law[] = [
  law("14: an id is given once, over parallel calls", async (store) => {
    const lists = await Promise.all(Array.from({ length: 40 }, (_, index) => store.allocate(index % 5)));
    equal(
      lists.map((list) => list.length),
      lists.map((_, index) => index % 5),
      "the numbers of ids",
    );
    const ids = lists.flat();
    equal(new Set(ids).size, ids.length, "the ids that differ");
    ensure(areIds(ids), `ids are positive whole numbers; these are ${ids}`);
  }),

  law("14: a thousand ids at a time differ from those of the next thousand", async (store) => {
    const ids = [...(await store.allocate(1_000)), ...(await store.allocate(1_000))];
    equal(new Set(ids).size, 2_000, "the ids that differ");
  }),

  law("14: an id that somebody inserted by himself is never given", async (store) => {
    const foreign = (await freshId(store)) + 3;
    await put(store, foreign, [nodeRow(foreign)]);
    const ids = (await Promise.all(Array.from({ length: 8 }, () => store.allocate(1)))).flat();
    equal(ids.includes(foreign), false, `whether ${foreign} is among ${ids}`);
  }),

  law("14: ids up to 2^31 − 1 are kept, and read with all that is below them", async (store) => {
    let id = between(ID_MAX - 1_000_000, ID_MAX);
    while ((await read(store, { id })).length > 0) id -= 1;
    const [root] = await put(store, id, [nodeRow(id)]);
    equal(await read(store, { id }), [root], "the node");
    const below = await freshId(store);
    const [top, child] = await put(store, id, [root, nodeRow(below, root)]);
    equal(await read(store, { id: below }), [top, child], "the chain of a node below it");
    const listed = await listAll(store, { subtree: { tree: id, path: root.path } }, 10);
    equal(
      listed.map((row) => row.kind === "node" && row.id).sort((a, b) => Number(a) - Number(b)),
      [id, below].sort((a, b) => a - b),
      "its subtree",
    );
    const next = await freshId(store);
    ensure(next !== id && next !== below, "an id that is taken is never given");
    equal((await readNode(store, { id })).id, id, "the node again");
  }),

  ...REFUSED_COUNTS.map((n) =>
    law(`8: to allocate ${String(n)} ids, a ${typeof n}, is refused and spoils nothing`, async (store) => {
      const before = await store.allocate(2);
      await refusal(store.allocate(n as number), `a count of ${String(n)}`);
      const after = await store.allocate(2);
      equal(new Set([...before, ...after]).size, 4, "the ids that differ");
      ensure(areIds(after), `ids are positive whole numbers; these are ${after}`);
    }),
  ),
];
