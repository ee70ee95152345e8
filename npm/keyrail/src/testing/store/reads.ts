/** Laws 5 to 7: what a read gives. */
import type { EntryRow, NodeRow, Ref } from "../../store/contract.js";
import { equal } from "../expect.js";
import { type Law, law } from "./law.js";
import { fresh, freshHash } from "./names.js";
import {
  commit,
  commitOf,
  entryRow,
  FIGURE_MAX,
  holdRow,
  listAll,
  newChild,
  newRoot,
  newTree,
  put,
  read,
} from "./rows.js";

const LATE = 4_102_444_800_000;

/** Every column with a value that is easily lost. */
const columns = (): Partial<NodeRow> => ({
  hash: freshHash(),
  accountId: "acme",
  userId: "u",
  name: "n",
  delegatedBy: "d",
  scopes: ["read", "read", "__proto__", "", "quote \" and ' and \\ and , { }", "é\u{1f600}\n"],
  expiresAt: LATE,
  revokedAt: 1,
  lastUsedAt: 2,
  capMicrocents: FIGURE_MAX,
  period: "month",
  alignment: "calendar",
  window: 7,
  resetAt: 3,
  spentMicrocents: -FIGURE_MAX,
  buckets: [
    { expiresAt: 10, heldMicrocents: 1 },
    { expiresAt: 20, heldMicrocents: FIGURE_MAX },
  ],
  trueToSeq: 5,
  root: { seq: 5, greatestNow: LATE + 1 },
});

/** What a read gives. */
export const readLaws: readonly Law[] = [
  law("5: a read after a commit sees it, by every name and with every column", async (store) => {
    const first = await newRoot(store, columns());
    const { root: top, child } = await newChild(store, first, { subject: fresh("sub/ject '"), scopes: [] });
    const settled = { costMicrocents: 3, overdraftMicrocents: 2, late: true };
    const hold = holdRow(fresh("hold"), child, { state: "settled", endedAt: 9, settled, windows: [7, 0] });
    const idempotency = { method: "reserve" as const, key: "é ' \\ %_" };
    const entry = entryRow(6, child, {
      entryKind: "reserve",
      hold: hold.id,
      expiresAt: 8,
      remainingMicrocents: 0,
      late: true,
      windows: [7, 0],
      metadata: { ["__proto__"]: "x", n: 1.5, yes: true, none: null, "é'": '"' },
      idempotency,
    });
    const [root, heldRow, entered] = await put(store, first.tree, [top, hold, entry]);
    const chain = [root, child];
    equal(await read(store, { hash: root.hash as string }), [root], "a read by hash");
    equal(await read(store, { subject: child.subject as string }), chain, "a read by subject");
    equal(await read(store, { id: child.id }), chain, "a read by id");
    equal(await read(store, { hold: hold.id }), [...chain, heldRow], "a read by hold");
    const full = [...chain, heldRow, entered];
    equal(await read(store, { entry: { tree: root.tree, command: entry.command } }), full, "a read by command");
    equal(await read(store, { entry: { node: child.id, ...idempotency } }), full, "a read by idempotency key");
  }),

  law("5: an idempotency key belongs to its node and its method", async (store) => {
    const { root, child, charge, reserve, hold } = await newTree(store);
    const by = (node: number, method: "charge" | "reserve", key: string) => ({ entry: { node, method, key } });
    equal(await read(store, by(child.id, "charge", "k")), [root, child, charge], "the entry of a charge");
    equal(await read(store, by(child.id, "reserve", "k")), [root, child, hold, reserve], "the entry of a reserve");
    equal(await read(store, by(root.id, "charge", "k")), [], "the same key at another node");
    equal(await read(store, by(child.id, "charge", "K")), [], "the key in another case");
  }),

  law("6: a read gives each ref its chain, root first, in the order asked", async (store) => {
    let parent: NodeRow = await newRoot(store);
    for (let level = 1; level <= 8; level += 1) parent = (await newChild(store, parent)).child;
    const other = await newRoot(store, { hash: freshHash() });
    const refs: Ref[] = [
      { id: parent.id },
      { hash: freshHash() },
      { hash: other.hash as string },
      { id: parent.id },
      { subject: fresh("nobody") },
    ];
    const { chains } = await store.read(refs);
    equal(
      chains.map((chain) => chain.length),
      [9, 0, 1, 9, 0],
      "the lengths of the chains",
    );
    const ids = chains[0]?.map((row) => (row.kind === "node" ? String(row.id) : row.kind));
    equal(ids, parent.path.split("/"), "the ids of a chain");
    equal(chains[3], chains[0], "a chain that is asked for twice");
    equal((await store.read([])).chains, [], "the chains of no refs");
  }),

  law("7: after a commit whose answer was lost its entry answers, and its repetition is refused", async (store) => {
    const root = await newRoot(store, { hash: freshHash() });
    const entry: EntryRow = entryRow(1, root);
    const lost = commitOf(root.tree, [{ ...root, spentMicrocents: 1 }, entry]);
    await store.commit([lost]);
    const found = (await read(store, { entry: { tree: root.tree, command: entry.command } })).at(-1);
    equal(found?.kind === "entry" && found.seq, 1, "the entry by its command");
    equal((await commit(store, lost)).ok, false, "the repetition");
    equal((await listAll(store, { entries: { tree: root.tree } }, 10)).length, 1, "the entries of the tree");
  }),

  law("7: a command belongs to its tree", async (store) => {
    const { root, child, charge } = await newTree(store);
    const other = await newRoot(store);
    equal(
      await read(store, { entry: { tree: other.tree, command: charge.command } }),
      [],
      "the command in another tree",
    );
    const whole = await read(store, { entry: { tree: root.tree, command: charge.command } });
    equal(whole, [root, child, charge], "the command in its own");
  }),
];
