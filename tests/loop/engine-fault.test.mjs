// A fault inside the core, at every call in turn: the request gets another try on a new core, and
// what it had sent to the store counts once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { engine } from "../../npm/keyrail/dist/engine/node.js";
import { realEnvironment } from "../../npm/keyrail/dist/loop/environment.js";
import { RequestLoop } from "../../npm/keyrail/dist/loop/request-loop.js";
import { memory } from "../../npm/keyrail/dist/stores/memory.js";

const CENT = 1_000_000;
const CHARGES = 3;

/** An engine whose n-th call into a ledger traps, once for each number in `traps`. */
class TrappingEngine {
  recoveries = 0;
  #calls = 0;
  #traps;

  constructor(traps) {
    this.#traps = new Set(traps);
  }

  ledger() {
    const port = engine.ledger();
    const call = (length) => {
      this.#calls += 1;
      if (this.#traps.has(this.#calls)) throw new WebAssembly.RuntimeError("unreachable");
      return port.call(length);
    };
    return {
      get floats() {
        return port.floats;
      },
      get inputAt() {
        return port.inputAt;
      },
      room: (numbers) => port.room(numbers),
      call,
    };
  }

  recover(fault) {
    assert.ok(fault instanceof Error);
    this.recoveries += 1;
  }
}

const profile = {
  hash: null,
  subject: "s",
  keyPrefix: "ak_ext",
  accountId: "a",
  userId: null,
  name: "n",
  delegatedBy: null,
};
const grant = { scopes: null, cap: 100 * CENT, period: null, alignment: "anchored", expiresAt: null, reject: false };

/** A mint and some charges, one of them beside a validate; gives the store and the engine. */
async function run(traps) {
  const store = memory();
  const trapping = new TrappingEngine(traps);
  const onNotice = () => assert.fail("no notice is due");
  const loop = new RequestLoop({
    store,
    engine: trapping,
    environment: realEnvironment(() => 1_000, "injected"),
    onNotice,
  });
  const answers = [];
  answers.push(await loop.submit({ kind: "mint", id: 1, parent: null, profile, ...grant }));
  const charge = () => {
    const cost = loop.parseCost(1, false);
    const target = { subject: "s" };
    return loop.submit({ kind: "charge", target, cost, overdraft: false, idempotencyKey: null, metadata: null });
  };
  answers.push(await charge());
  const both = [charge(), loop.submit({ kind: "validate", target: { id: 1 } }), charge()];
  answers.push(...(await Promise.all(both)));
  return { store, trapping, answers };
}

test("a fault at any call into the core is survived, and everything is recorded once", async () => {
  let survived = 0;
  for (let at = 1; ; at += 1) {
    const { store, trapping, answers } = await run([at]);
    assert.deepEqual(
      answers.map(({ tag }) => tag),
      ["minted", "charged", "charged", "valid", "charged"],
      `fault at call ${at}`,
    );
    const { chains } = await store.read([{ id: 1 }]);
    assert.equal(chains[0][0].spentMicrocents, CHARGES * CENT, `fault at call ${at}`);
    const { rows } = await store.list({ entries: { tree: 1 } }, { cursor: null, limit: 100 });
    assert.deepEqual(
      rows.map(({ entryKind }) => entryKind),
      ["mint", ...Array.from({ length: CHARGES }, () => "charge")],
      `fault at call ${at}`,
    );
    if (trapping.recoveries === 0) break;
    survived += 1;
  }
  assert.ok(survived > 10, `${survived} places`);
});

/** A charge whose key was moved to another tree by hand, beside one whose key was not, with a fault at call `at`. */
async function runBesideMove(at) {
  const store = memory();
  const trapping = new TrappingEngine([at]);
  const environment = realEnvironment(() => 1_000, "injected");
  const loop = new RequestLoop({
    store,
    engine: trapping,
    environment,
    onNotice: () => assert.fail("no notice is due"),
  });
  const mint = (id, parent, subject) =>
    loop.submit({ kind: "mint", id, parent, profile: { ...profile, subject }, ...grant });
  const charge = (subject) => {
    const cost = loop.parseCost(1, false);
    return loop.submit({
      kind: "charge",
      target: { subject },
      cost,
      overdraft: false,
      idempotencyKey: null,
      metadata: null,
    });
  };
  await mint(1, null, "top");
  await mint(2, { id: 1 }, "moved");
  await mint(3, { id: 1 }, "stays");
  const { chains } = await store.read([{ id: 2 }]);
  const [root, moved] = chains[0].map(({ version, ...row }) => ({ row, version }));
  const checks = [root, moved].map(({ row, version }) => ({ ref: { node: row.id }, version }));
  const away = {
    ...moved.row,
    id: 4,
    tree: 4,
    parentId: null,
    path: "4",
    trueToSeq: 0,
    root: { seq: 0, greatestNow: 1_000 },
  };
  const commit = (commits) =>
    store.commit(commits.map((one) => ({ now: 1_000, clock: "injected", owner: "hand", claims: false, ...one })));
  const left = await commit([{ tree: 1, checks, puts: [root.row, { ...moved.row, subject: null }] }]);
  const made = await commit([{ tree: 4, checks: [{ ref: { node: 4 }, version: null }], puts: [away] }]);
  assert.ok(left.results[0].ok && made.results[0].ok);
  const answers = await Promise.all([charge("moved"), charge("stays"), charge("moved")]);
  const spent = async (id) => (await store.read([{ id }])).chains[0].at(-1).spentMicrocents;
  return { trapping, tags: answers.map(({ tag }) => tag), spent: [await spent(4), await spent(3)] };
}

test("a fault while a request moves on to another tree: it is carried out there, once", async () => {
  for (let at = 1; ; at += 1) {
    const { trapping, tags, spent } = await runBesideMove(at);
    assert.deepEqual(tags, ["charged", "charged", "charged"], `fault at call ${at}`);
    assert.deepEqual(spent, [2 * CENT, CENT], `fault at call ${at}`);
    if (trapping.recoveries === 0) break;
  }
});

test("a request on which the core fails twice is refused, and the next one works", async () => {
  const every = Array.from({ length: 4 }, (_, index) => index + 1);
  await assert.rejects(run(every), { name: "KeyrailError", code: "engine_fault" });
});

test("an instance that trapped is replaced, and the algebra and new ledgers go on", () => {
  const before = engine.hashKey("abc");
  engine.recover(new WebAssembly.RuntimeError("unreachable"));
  assert.equal(engine.hashKey("abc"), before);
  assert.equal(engine.metadataRateShare(33.4), 33);
  const port = engine.ledger();
  port.room(8);
  port.floats.set([10, 0.1, 0], port.inputAt);
  const outputAt = port.call(3);
  assert.deepEqual([...port.floats.subarray(outputAt, outputAt + 3)], [0, 100_000, 100_000]);
});
