// `admit` tells what `validate` and then `reserve` would have told, in one turn.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AgentKey } from "keyrail";
import { memory } from "keyrail/stores/memory";
import { HOUR, money, newWorld, START } from "./world.mjs";

const UNKNOWN = `ak_${"0".repeat(48)}`;

/** What leads to the question, and what is asked: each on a fresh root with a child below it. */
const CASES = {
  "money is there": {},
  "the hold takes the last of it": { costCents: 100 },
  "it does not fit": { costCents: 101 },
  "only a part of it fits": { costCents: 150, atLeastCents: 50 },
  "everything is held": { before: ({ ak, key }) => ak.reserve(key, { costCents: 100 }) },
  "everything is spent": { before: ({ ak, key }) => ak.trackUsage(key, { costCents: 100 }) },
  "the parent's budget is spent": { before: ({ ak, rootKey }) => ak.trackUsage(rootKey, { costCents: 300 }) },
  "the window has rolled": {
    before: async ({ ak, key, clock }) => {
      await ak.trackUsage(key, { costCents: 100 });
      clock.now += 24 * HOUR;
    },
  },
  "it is revoked": { before: ({ ak, id }) => ak.revoke(id) },
  "its parent is revoked": { before: ({ ak, rootId }) => ak.revoke(rootId) },
  "it has expired": {
    before: ({ clock }) => {
      clock.now += 48 * HOUR;
    },
  },
  "nobody knows it": { key: UNKNOWN },
  "it is no secret": { key: "" },
  "the cost is none": { costCents: Number.NaN },
  "the cost is too large": { costCents: 1e12 },
  "the time to live is none": { ttl: "soon" },
  "it was asked before under the same idempotency key": {
    idempotencyKey: "once",
    before: ({ ak, key }) => ak.reserve(key, { costCents: 25, idempotencyKey: "once" }),
  },
};

async function worldOf({ before } = {}) {
  const world = newWorld();
  const root = await world.ak.create({ accountId: "acme", budgetCents: 300, scopes: ["chat", "draw"] });
  const parent = { id: root.id };
  const child = { budgetCents: 100, budgetPeriod: "day", expiresIn: "2d", scopes: ["chat"], parent };
  const { key, id } = await world.ak.create({ accountId: "acme", ...child });
  await world.ak.ensureSubject("user_1", child);
  const all = { ...world, key, id, rootKey: root.key, rootId: root.id };
  await before?.(all);
  return all;
}

const withoutId = ({ hold, ...others }) => (hold === undefined ? others : { ...others, hold: { ...hold, id: "…" } });

for (const [name, { before, key: asked, ...options }] of Object.entries(CASES)) {
  test(`admit is validate and reserve where ${name}`, async () => {
    const [one, two] = [await worldOf({ before }), await worldOf({ before })];
    const hold = { costCents: 25, ...options };
    const admitted = await one.ak.admit(asked ?? one.key, hold);
    const validation = await two.ak.validate(asked ?? two.key);
    const reserved = await two.ak.reserve(asked ?? two.key, hold);
    assert.deepEqual(
      { ...admitted, reserved: withoutId(admitted.reserved) },
      { validation, reserved: withoutId(reserved) },
    );
    assert.deepEqual(await money(one.ak, { id: one.id }), await money(two.ak, { id: two.id }));
  });
}

test("admitBySubject is the same for a subject", async () => {
  const { ak } = await worldOf();
  const { validation, reserved } = await ak.admitBySubject("user_1", { costCents: 100 });
  assert.deepEqual([validation.valid, validation.budgetRemainingCents, reserved.success], [true, 100, true]);
  const spent = await ak.admitBySubject("user_1", { costCents: 1 });
  assert.deepEqual([spent.validation.valid, spent.reserved.reason], [true, "budget_exceeded"]);
  const unknown = await ak.admitBySubject("user_2", { costCents: 1 });
  assert.deepEqual(unknown, {
    validation: { valid: false, reason: "invalid" },
    reserved: { success: false, reason: "invalid" },
  });
});

test("a hundred at once take what there is and no more, and each is told of the key", async () => {
  const { ak, key, id } = await worldOf();
  const answers = await Promise.all(Array.from({ length: 100 }, () => ak.admit(key, { costCents: 10 })));
  assert.equal(answers.filter(({ reserved }) => reserved.success).length, 10);
  assert.ok(answers.every(({ validation }) => validation.valid));
  assert.deepEqual(await money(ak, { id }), [0, 100, 0]);
});

test("what another process has revoked is refused by the very next admit", async () => {
  const store = memory();
  const [one, two] = [0, 1].map(() => new AgentKey({ store, clock: () => START }));
  const { key, id } = await one.create({ accountId: "acme", budgetCents: 100 });
  assert.equal((await one.admit(key, { costCents: 1 })).reserved.success, true);
  await two.revoke(id);
  const { validation, reserved } = await one.admit(key, { costCents: 1 });
  assert.deepEqual([validation.reason, reserved.reason], ["revoked", "revoked"]);
});

test("an admit whose commit was lost on the way back is answered by its entry, and held once", async () => {
  const store = memory();
  let loses = false;
  const losing = {
    ...store,
    commit: async (commits) => {
      const result = await store.commit(commits);
      if (loses && commits.some(({ puts }) => puts.some(({ kind }) => kind === "hold"))) {
        loses = false;
        throw new Error("the connection is gone");
      }
      return result;
    },
  };
  const ak = new AgentKey({ store: losing, clock: () => START });
  const { key, id } = await ak.create({ accountId: "acme", budgetCents: 100 });
  loses = true;
  const { validation, reserved } = await ak.admit(key, { costCents: 60 });
  assert.equal(loses, false);
  assert.deepEqual([validation.valid, reserved.success], [true, true]);
  assert.deepEqual(await money(ak, { id }), [0, 60, 40]);
});

test("a subclass that validates in its own way is asked, and nothing is held for whom it refuses", async () => {
  class Strict extends AgentKey {
    async validate() {
      return { valid: false, reason: "revoked" };
    }
    async validateBySubject() {
      return { valid: false, reason: "revoked" };
    }
  }
  const ak = new Strict({ store: memory(), clock: () => START });
  const { key, id } = await ak.create({ accountId: "acme", budgetCents: 10 });
  await ak.ensureSubject("user_1");
  for (const admitted of [await ak.admit(key, { costCents: 1 }), await ak.admitBySubject("user_1", { costCents: 1 })]) {
    assert.deepEqual(admitted, {
      validation: { valid: false, reason: "revoked" },
      reserved: { success: false, reason: "revoked" },
    });
  }
  assert.deepEqual(await money(ak, { id }), [0, 0, 10]);
});
