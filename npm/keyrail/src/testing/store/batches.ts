/** Law 9: many trees in one call. */
import type { Commit, NodeRow, Stored } from "../../store/contract.js";
import { equal, refusal } from "../expect.js";
import { type Law, law } from "./law.js";
import { fresh } from "./names.js";
import { commitOf, entryRow, NEVER, newRoot, nodeRow, read } from "./rows.js";

/** How many trees the largest batch has. */
const TREES = 500;

const change = (row: Stored<NodeRow>, name: string): Commit => commitOf(row.tree, [{ ...row, name }]);

/** What a batch does. */
export const batchLaws: readonly Law[] = [
  law("9: a batch with two commits for one tree is refused whole", async (store) => {
    const [one, two] = [await newRoot(store), await newRoot(store)];
    const twice = store.commit([change(two, "x"), change(one, "a"), change(one, "b")]);
    await refusal(twice, "a batch with two commits for one tree", "invalid_commit");
    for (const row of [one, two]) equal(await read(store, { id: row.id }), [row], "a row of the refused batch");
  }),

  law("9: the trees of a batch succeed or fail one by one", async (store) => {
    const roots: Stored<NodeRow>[] = [];
    for (let index = 0; index < 5; index += 1) roots.push(await newRoot(store));
    const drafts = roots.map((row, index) => (index === 2 ? { ...row, version: NEVER } : row));
    const { results } = await store.commit(drafts.map((row) => change(row, "changed")));
    equal(
      results.map(({ ok }) => ok),
      [true, true, false, true, true],
      "the results of the batch",
    );
    const { chains } = await store.read(roots.map(({ id }) => ({ id })));
    const names = chains.map(([row]) => row?.kind === "node" && row.name);
    equal(names, ["changed", "changed", "default", "changed", "changed"], "the names after it");
  }),

  law("9: a batch in which every commit fails changes nothing, and names each tree's own rows", async (store) => {
    const roots: Stored<NodeRow>[] = [];
    for (let index = 0; index < 6; index += 1) roots.push(await newRoot(store));
    const stale = roots.map((row) => ({ ...row, version: NEVER }));
    const { results } = await store.commit(stale.map((row) => change(row, "changed")));
    equal(
      results,
      roots.map((row) => ({ ok: false, rows: [row] })),
      "the results of the batch",
    );
    const { chains } = await store.read(roots.map(({ id }) => ({ id })));
    equal(
      chains,
      roots.map((row) => [row]),
      "the rows after it",
    );
  }),

  law("9: a batch of none gives no results", async (store) => {
    equal((await store.commit([])).results, [], "the results of no commits");
  }),

  law(`9: a batch of ${TREES} trees is carried out tree by tree`, async (store) => {
    const ids = [...(await store.allocate(TREES))].sort((a, b) => a - b);
    const made = await store.commit(
      ids.map((id) => {
        const row = nodeRow(id, null, { subject: fresh("many"), root: { seq: 1, greatestNow: 1 } });
        return commitOf(id, [row, entryRow(1, row)]);
      }),
    );
    equal(made.results.filter(({ ok }) => ok).length, TREES, "the trees that were made");
    const before = (await store.read(ids.map((id) => ({ id })))).chains.map(([row]) => row);
    const nodes = before.filter((row) => row?.kind === "node");
    equal(
      nodes.map(({ id }) => id),
      ids,
      "the trees by their ids",
    );
    const isStale = (index: number) => index % 3 === 0;
    const drafts = nodes.map((row, index) => (isStale(index) ? { ...row, version: NEVER } : row));
    const { results } = await store.commit(drafts.map((row) => change(row, String(row.id))));
    equal(
      results.map(({ ok }) => ok),
      ids.map((_, index) => !isStale(index)),
      "the results of the batch",
    );
    const { chains } = await store.read(ids.map((id) => ({ id })));
    equal(
      chains.map(([row]) => row?.kind === "node" && row.name),
      ids.map((id, index) => (isStale(index) ? "default" : String(id))),
      "the names after it",
    );
  }),
];
