// What is special about Workers: a global scope that may do little, and requests that share an isolate.
import assert from "node:assert/strict";
import { test } from "node:test";
import { withWorker } from "./workerd.mjs";

const CALLS = 100;

test("an AgentKey is made in the global scope, and concurrent requests of the isolate share its cap", async () => {
  await withWorker("./worker-shares.mjs", async (ask) => {
    const { key, id } = await ask("/create", { accountId: "acme", budgetCents: 1_000 });
    const work = { key, heldCents: 30, costCents: 19.5 };
    const answers = await Promise.all(Array.from({ length: CALLS }, () => ask("/work", work)));
    const settled = answers.filter(({ success }) => success);
    const refused = answers.filter(({ success }) => !success);
    assert.ok(settled.length >= Math.floor(1_000 / 30), `only ${settled.length} were let in`);
    assert.ok(refused.length > 0, "nobody was refused");
    assert.deepEqual([...new Set(refused.map(({ reason }) => reason))], ["budget_exceeded"]);
    const [{ usedCents, heldCents }] = await ask("/budgets", { id });
    assert.equal(usedCents, settled.length * 19.5);
    assert.ok(usedCents <= 1_000, `${usedCents} cents were spent`);
    assert.equal(heldCents, 0);
  });
});

for (const [title, path] of [
  ["each request with an AgentKey of its own", ""],
  ["one AgentKey in a Durable Object", "/object"],
]) {
  test(`over a store that takes its time, concurrent requests share a cap: ${title}`, async () => {
    const bindings = { durableObjects: { KEYS: { className: "Keys", useSQLite: true } } };
    const play = async (ask) => {
      const { key, id } = await ask(`${path}/create`, { accountId: "acme", budgetCents: 50 });
      const charges = Array.from({ length: 10 }, () => ask(`${path}/charge`, { key, costCents: 12.5 }));
      const answers = (await Promise.all(charges)).map(({ success, reason }) => (success ? "charged" : reason)).sort();
      assert.deepEqual(answers, [...Array(6).fill("budget_exceeded"), ...Array(4).fill("charged")]);
      const [{ usedCents }] = await ask(`${path}/budgets`, { id });
      assert.equal(usedCents, 50);
    };
    await withWorker("./worker-waits.mjs", play, bindings);
  });
}
