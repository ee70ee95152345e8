// The resident ledger against plain JavaScript over Maps: one tree of 100,000 keys in 1,000 teams.
//
// A charge by handle takes a handle that the caller has kept, decides the charge over the chain of
// three and gives its answer as an object; every 64 charges are accepted, as after a commit. Both
// sides keep what the commit would carry (the entries, the changed rows) and what a refused commit
// would go back to. Reading those changes out is measured by itself, and so is finding a handle by
// the text of an id. Ours crosses into WebAssembly once for 64 charges, as the request loop does.

import { engine } from "../npm/keyrail/dist/engine/node.js";
import { Ledger } from "../npm/keyrail/dist/loop/ledger.js";
import { PlainLedger } from "./baselines/ledger.mjs";
import { duration, Report, sameAnswer, speedAtLeast } from "./harness.mjs";

const KEYS = 100_000;
const KEYS_A_TEAM = 100;
const BATCH = 64;
const BATCHES_A_ROUND = 256;
const PICKS = 1 << 20;
const NOW = 1_700_000_000_000;
const DAY_MS = 86_400_000;
const CAP = 8e15;
const COST = { cost: 3, asked: 3 };

const node = (id, parentId) => ({
  kind: "node",
  id,
  parentId,
  scopes: null,
  expiresAt: null,
  revokedAt: null,
  lastUsedAt: null,
  capMicrocents: CAP,
  period: parentId === null ? null : "day",
  alignment: "anchored",
  anchorAt: NOW,
  window: 0,
  windowStart: NOW,
  resetAt: parentId === null ? null : NOW + DAY_MS,
  spentMicrocents: 0,
  buckets: [],
  trueToSeq: 0,
  root: parentId === null ? { seq: 0, greatestNow: NOW } : null,
});

/** An organisation, its teams, and their keys; a parent before its children. */
const tree = () => {
  const rows = [node(1, null)];
  const keys = [];
  for (let id = 2; keys.length < KEYS; ) {
    const team = id++;
    rows.push(node(team, 1));
    for (let key = 0; key < KEYS_A_TEAM; key += 1, id += 1) {
      rows.push(node(id, team));
      keys.push(id);
    }
  }
  return { rows, keys };
};

/** The same row as the plain ledger names its parts. */
const plainRow = ({ id, parentId, revokedAt, capMicrocents, period, window, windowStart, resetAt, root }) => {
  const state = { window, windowStart, resetAt, spent: 0, buckets: [], trueToSeq: 0, root: root && { ...root } };
  return { id, parentId, revokedAt, cap: capMicrocents, period, ...state };
};

/** Numbers below `limit` in an order that no cache foresees, the same in every run. */
const scattered = (count, limit) => {
  let state = 12_345;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  });
};

/** A side: rounds of whole batches over the picks, `batch` called with the place of its first pick. */
const batches = (batch) => {
  let at = 0;
  return () => {
    const started = process.hrtime.bigint();
    for (let count = 0; count < BATCHES_A_ROUND; count += 1) {
      batch(at);
      at = (at + BATCH) % PICKS;
    }
    return Number(process.hrtime.bigint() - started) / (BATCHES_A_ROUND * BATCH);
  };
};

const elapsed = (run) => {
  const started = process.hrtime.bigint();
  run();
  return Number(process.hrtime.bigint() - started);
};

const { rows, keys } = tree();
const plain = new PlainLedger();
const plainRows = rows.map(plainRow);
for (const row of plainRows) plain.load(row);

const port = engine.ledger();
const ledger = new Ledger(port);
const bytesBefore = port.floats.buffer.byteLength;
const handles = new Map();
const loading = elapsed(() => {
  for (const row of rows) handles.set(row.id, ledger.loadNode(row, null));
});
const bytes = port.floats.buffer.byteLength - bytesBefore;

const root = handles.get(1);
const picks = scattered(PICKS, keys.length).map((place) => keys[place]);
const pickedHandles = picks.map((id) => handles.get(id));
const textOf = (id) => id.toString(36).padStart(12, "k");
const byText = new Map(keys.map((id) => [textOf(id), handles.get(id)]));
const plainByText = new Map(keys.map((id) => [textOf(id), id]));
// Texts of their own, as a request brings them: not those that the Maps hold.
const pickedTexts = picks.map((id) => Buffer.from(textOf(id)).toString());

const charge = (handle) => ({ kind: "charge", node: handle, cost: COST, overdraft: false });
const decide = (at, handleAt) => {
  const commands = [];
  for (let index = at; index < at + BATCH; index += 1) commands.push(charge(handleAt(index)));
  return ledger.decide(NOW + 1, commands);
};
const plainDecide = (at, idAt) => {
  const answers = [];
  for (let index = at; index < at + BATCH; index += 1) answers.push(plain.charge(NOW + 1, idAt(index), COST.cost));
  return answers;
};
const handleAt = (index) => pickedHandles[index];
const idAt = (index) => picks[index];

sameAnswer(
  "a batch of charges",
  decide(0, handleAt).map(({ outcome }) => outcome),
  plainDecide(0, idAt),
);
const figures = ({ seq, used, remaining }) => ({ seq, used, remaining });
sameAnswer("its entries", ledger.changes(root).entries.map(figures), plain.changes().entries.map(figures));
ledger.reject(root);
plain.reject();

const report = new Report(`Resident ledger, ${KEYS.toLocaleString("en")} keys in chains of three`);
const by = "plain JS";
await report.versus("charge by handle", {
  ours: batches((at) => {
    decide(at, handleAt);
    ledger.accept(root);
  }),
  by,
  theirs: batches((at) => {
    plainDecide(at, idAt);
    plain.accept();
  }),
  gate: speedAtLeast(3),
});
await report.versus("charge by the text of an id", {
  ours: batches((at) => {
    decide(at, (index) => byText.get(pickedTexts[index]));
    ledger.accept(root);
  }),
  by,
  theirs: batches((at) => {
    plainDecide(at, (index) => plainByText.get(pickedTexts[index]));
    plain.accept();
  }),
  target: speedAtLeast(1),
  why: "looking a text up in a Map of 100,000, the same on both sides",
});
await report.versus("charge by handle, its changes read out", {
  ours: batches((at) => {
    decide(at, handleAt);
    ledger.changes(root);
    ledger.accept(root);
  }),
  by,
  theirs: batches((at) => {
    plainDecide(at, idAt);
    plain.changes();
    plain.accept();
  }),
});
report.figure("loading 100,000 keys and 1,001 above them", duration(loading));
report.figure("memory of the ledger", `${Math.round(bytes / rows.length)} B a key`);
