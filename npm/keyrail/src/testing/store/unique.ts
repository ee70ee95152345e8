/** Law 11: one node a commit, and hash and subject unique over all trees. */
import type { NodeRow, Store, Stored } from "../../store/contract.js";
import { equal, refusal } from "../expect.js";
import { type Law, law } from "./law.js";
import { fresh, freshHash } from "./names.js";
import { commit, commitOf, newChild, newRoot, nodeRow, put, read } from "./rows.js";

const RACERS = 12;

type Name = "hash" | "subject";

const make = (name: Name): string => (name === "hash" ? freshHash() : fresh("subject"));
const named = (name: Name, value: string): Partial<NodeRow> => (name === "hash" ? { hash: value } : { subject: value });
const by = (name: Name, value: string) => (name === "hash" ? { hash: value } : { subject: value });

async function ids(store: Store, count: number): Promise<number[]> {
  return [...(await store.allocate(count))];
}

const ofName = (name: Name): Law[] => [
  law(`11: a ${name} is unique over all trees, and a clash refuses that commit alone`, async (store) => {
    const owned = make(name);
    const owner = await newRoot(store, named(name, owned));
    const three = await ids(store, 3);
    const rows = three.map((id, index) => nodeRow(id, null, named(name, index === 1 ? owned : make(name))));
    const { results } = await store.commit(rows.map((row) => commitOf(row.tree, [row])));
    equal(
      results.map(({ ok }) => ok),
      [true, false, true],
      "the results of the batch",
    );
    equal(results[1], { ok: false, rows: [owner] }, "the clash, which names the owner");
    equal(await read(store, by(name, owned)), [owner], `the owner of the ${name}`);
    equal(await read(store, { id: three[1] as number }), [], "the node that clashed");
    equal((await read(store, { id: three[2] as number })).length, 1, "the rows of the node after it");
  }),

  law(`11: a ${name} that a node gives up is free, and one that it takes is not`, async (store) => {
    const [first, second] = [make(name), make(name)];
    const made = await newRoot(store, named(name, first));
    const [row] = await put(store, made.tree, [{ ...made, ...named(name, second) }]);
    equal(await read(store, by(name, first)), [], `the ${name} that was given up`);
    equal(await read(store, by(name, second)), [row], `the ${name} that was taken`);
    const heir = await newRoot(store, named(name, first));
    equal(await read(store, by(name, first)), [heir], `the heir of the ${name}`);
    const result = await commit(store, commitOf(heir.tree, [{ ...heir, ...named(name, second) }]));
    equal(result, { ok: false, rows: [row] }, `taking a ${name} that is taken`);
  }),

  law(`11: a child may not take the ${name} of its own tree's root`, async (store) => {
    const owned = make(name);
    const root = await newRoot(store, named(name, owned));
    const [id] = await ids(store, 1);
    const result = await commit(store, commitOf(root.tree, [root, nodeRow(id as number, root, named(name, owned))]));
    equal(result, { ok: false, rows: [root] }, "the clash");
  }),

  law(`11: of parallel inserts of one ${name} exactly one succeeds`, async (store) => {
    const wanted = make(name);
    const insert = (id: number) => commit(store, commitOf(id, [nodeRow(id, null, named(name, wanted))]));
    const results = await Promise.all((await ids(store, RACERS)).map(insert));
    equal(results.filter(({ ok }) => ok).length, 1, `of ${RACERS} parallel inserts those that succeed`);
    const winner = await read(store, by(name, wanted));
    equal(winner.length, 1, `the rows of the ${name}`);
    for (const result of results) {
      if (!result.ok && "rows" in result) equal(result.rows, winner, "the rows of one that lost");
    }
  }),

  law(`11: of two inserts of one ${name} in one batch at most one succeeds`, async (store) => {
    const wanted = make(name);
    const pair = await ids(store, 2);
    const attempt = async () => {
      const rows = pair.map((id) => nodeRow(id, null, named(name, wanted)));
      return (await store.commit(rows.map((row) => commitOf(row.tree, [row])))).results;
    };
    const results = await attempt();
    equal(results.filter(({ ok }) => ok).length, 1, "of the two those that succeed");
    equal((await read(store, by(name, wanted))).length, 1, `the rows of the ${name}`);
  }),
];

/** What is unique. */
export const uniqueLaws: readonly Law[] = [
  law("11: a commit inserts at most one node", async (store) => {
    const root: Stored<NodeRow> = await newRoot(store);
    const [one, two] = (await ids(store, 2)) as [number, number];
    const both = commitOf(root.tree, [root, nodeRow(one, root), nodeRow(two, root)]);
    await refusal(store.commit([both]), "a commit that inserts two nodes", "invalid_commit");
    equal([await read(store, { id: one }), await read(store, { id: two })], [[], []], "the nodes that were refused");
  }),

  law("11: nodes without a hash or a subject do not clash", async (store) => {
    const root = await newRoot(store);
    const { child } = await newChild(store, root);
    const { child: sibling } = await newChild(store, root);
    equal([child.hash, child.subject, sibling.hash, sibling.subject], [null, null, null, null], "their names");
  }),

  ...ofName("hash"),
  ...ofName("subject"),

  law("11: subjects that only look alike are different", async (store) => {
    const base = fresh("Ali\u00e9");
    const alike = [base, base.toLowerCase(), base.toUpperCase(), base.normalize("NFD"), `${base} `, ` ${base}`];
    for (const subject of alike) {
      equal(await read(store, { subject }), [], `the subject ${JSON.stringify(subject)} before it is there`);
      const row = await newRoot(store, { subject });
      equal(await read(store, { subject }), [row], `the subject ${JSON.stringify(subject)}`);
    }
  }),
];
