/** Law 8 and what every column must hold: the largest figures, every kind, every type. */
import type { EntryKind, EntryRow, HoldRow, NodeRow, Store } from "../../store/contract.js";
import { equal } from "../expect.js";
import { type Law, law } from "./law.js";
import { fresh } from "./names.js";
import { entryRow, FIGURE_MAX, holdRow, listAll, newChild, newRoot, put, read } from "./rows.js";

const BUCKETS = 128;
/** The last instant of the year 9999, and one before all keys. */
const INSTANTS = [253_402_300_799_999, 0, -1, 1_700_000_000_123];
const FIGURES = [FIGURE_MAX, -FIGURE_MAX, 0, 1, -1, FIGURE_MAX - 1, 2 ** 31, -(2 ** 31) - 1, 2 ** 32 + 1, 123_456_789];
const KINDS: Record<EntryKind, true> = {
  charge: true,
  reserve: true,
  settle: true,
  release: true,
  extend: true,
  mint: true,
  revoke: true,
  set_budget: true,
  adjust: true,
};

async function keepsNode(store: Store, columns: Partial<NodeRow>, what: string): Promise<void> {
  const row = await newRoot(store, columns);
  equal(await read(store, { id: row.id }), [row], what);
}

async function keepsHold(store: Store, columns: Partial<HoldRow>, what: string): Promise<void> {
  const made = await newRoot(store);
  const [root, hold] = await put(store, made.tree, [made, holdRow(fresh("hold"), made, columns)]);
  equal(await read(store, { hold: hold.id }), [root, hold], what);
}

async function keepsEntries(store: Store, rows: readonly Partial<EntryRow>[], what: string): Promise<void> {
  const made = await newRoot(store);
  const entries = rows.map((columns, index) => entryRow(index + 1, made, columns));
  const [, ...stored] = await put(store, made.tree, [made, ...entries] as const);
  equal(await listAll(store, { entries: { tree: made.tree } }, 500), stored, what);
}

/** What a row holds. */
export const valueLaws: readonly Law[] = [
  law(`5: a node holds figures up to ±9·10^15, and instants of every age`, async (store) => {
    for (const figure of FIGURES) {
      const cap = { capMicrocents: Math.abs(figure), spentMicrocents: figure };
      await keepsNode(store, cap, `a node with the figure ${figure}`);
    }
    for (const at of INSTANTS) {
      const times = { createdAt: at, expiresAt: at, anchorAt: at, windowStart: at, resetAt: at, lastUsedAt: at };
      await keepsNode(store, { ...times, root: { seq: 0, greatestNow: at } }, `a node of the instant ${at}`);
    }
    await keepsNode(store, { window: 2 ** 40, trueToSeq: 2 ** 40, root: { seq: 2 ** 40, greatestNow: 1 } }, "counters");
  }),

  law("5: a node holds every period, alignment and list of scopes", async (store) => {
    for (const period of ["hour", "day", "week", "month", null] as const) {
      for (const alignment of ["anchored", "calendar"] as const) {
        await keepsNode(store, { period, alignment, resetAt: period === null ? null : 5 }, `the period ${period}`);
      }
    }
    const many = Array.from({ length: 1_000 }, (_, index) => `scope:${index}`);
    for (const scopes of [null, [], [""], ["null", "NULL"], ["a,b", '"', "{}", "{", "\\"], many]) {
      await keepsNode(store, { scopes }, `the scopes ${JSON.stringify(scopes)?.slice(0, 40)}`);
    }
  }),

  law(`5: a node holds ${BUCKETS} buckets, in their order`, async (store) => {
    for (const count of [0, 1, 2, 64, BUCKETS]) {
      const buckets = Array.from({ length: count }, (_, index) => ({
        expiresAt: (INSTANTS[3] as number) + index * 1_000,
        heldMicrocents: index % 2 === 0 ? index + 1 : FIGURE_MAX - index,
      }));
      await keepsNode(store, { buckets }, `a node with ${count} buckets`);
    }
  }),

  law("5: a hold holds every state and the largest figures", async (store) => {
    const largest = { costMicrocents: FIGURE_MAX, overdraftMicrocents: FIGURE_MAX, late: true };
    const none = { costMicrocents: 0, overdraftMicrocents: 0, late: false };
    await keepsHold(store, { amountMicrocents: FIGURE_MAX, expiresAt: INSTANTS[0] as number }, "an open hold");
    await keepsHold(store, { amountMicrocents: 0, state: "released", endedAt: 0 }, "a released hold of nothing");
    await keepsHold(store, { state: "settled", endedAt: 7, settled: largest }, "a settled hold");
    await keepsHold(store, { state: "settled", endedAt: 7, settled: none }, "a hold settled for nothing");
    await keepsHold(store, { windows: [2 ** 40] }, "a hold of a late window");
  }),

  law("5: an entry holds every kind, the largest figures and a chain's windows", async (store) => {
    const kinds = (Object.keys(KINDS) as EntryKind[]).map((entryKind) => ({ entryKind }));
    await keepsEntries(store, kinds, "an entry of every kind");
    const figures = FIGURES.map((figure) => ({
      amountMicrocents: figure,
      askedMicrocents: figure,
      usedMicrocents: figure,
      remainingMicrocents: figure,
      overdraftMicrocents: Math.abs(figure),
      expiresAt: figure,
      late: figure > 0,
    }));
    await keepsEntries(store, figures, "entries of every figure");
    await keepsEntries(store, [{ windows: [0, 1, 2, 3, 4, 5, 6, 7, 2 ** 40] }, { windows: [] }], "windows");
  }),

  law("5: metadata keeps every type, name and number", async (store) => {
    const numbers = { zero: 0, half: 0.5, tiny: 5e-324, large: 1.7976931348623157e308, third: 1 / 3, less: -1 };
    const texts = { empty: "", "": "nameless", "1": "one", __proto__x: "p", "é\u{1f600}": "é", quote: '"\\/\n\t' };
    const others = { yes: true, no: false, none: null };
    await keepsEntries(
      store,
      [{ metadata: numbers }, { metadata: texts }, { metadata: others }, { metadata: {} }, { metadata: null }],
      "entries with metadata",
    );
  }),

  law("5: a put replaces every column of a node", async (store) => {
    const root = await newRoot(store);
    const { root: top, child } = await newChild(store, root, { scopes: ["a"], period: "day", resetAt: 9 });
    const changed: Partial<NodeRow> = {
      name: "other",
      accountId: "other",
      userId: "u",
      delegatedBy: "d",
      scopes: null,
      expiresAt: 1,
      revokedAt: 2,
      lastUsedAt: 3,
      capMicrocents: 4,
      period: null,
      alignment: "calendar",
      anchorAt: 5,
      window: 6,
      windowStart: 7,
      resetAt: null,
      spentMicrocents: 8,
      buckets: [{ expiresAt: 9, heldMicrocents: 10 }],
      trueToSeq: 11,
    };
    const [after, below] = await put(store, root.tree, [
      { ...top, root: { seq: 1, greatestNow: top.createdAt + 1 } },
      { ...child, ...changed },
    ]);
    equal(await read(store, { id: child.id }), [after, below], "the chain after the put");
    const { version: _version, ...back } = child;
    const [again] = await put(store, root.tree, [{ ...back, version: below.version }]);
    equal(await read(store, { id: child.id }), [after, again], "the chain after it is put back");
  }),
];
