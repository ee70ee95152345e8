// Notices: what an owner should know, from a listener whose faults stay its own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { memory } from "keyrail/stores/memory";
import { newWorld } from "./world.mjs";

/** Far more reads than any of these tests asks for: a loop that reads for ever fails instead. */
const READS_MAX = 100;

/** A store of whose rows one can be hidden, as if somebody had deleted it by hand. */
function losing() {
  const inner = memory();
  const hidden = new Set();
  let reads = 0;
  const read = async (refs) => {
    reads += 1;
    if (reads > READS_MAX) throw new Error("this store is read again and again");
    const { chains, storeNow } = await inner.read(refs);
    return { storeNow, chains: chains.map((chain) => chain.filter((row) => !hidden.has(row.id))) };
  };
  return { hidden, store: { ...inner, read } };
}

const listeners = {
  "keeps quiet": () => undefined,
  throws: () => {
    throw new Error("the listener is broken");
  },
  rejects: async () => {
    throw new Error("the listener is broken");
  },
};

for (const [name, listener] of Object.entries(listeners)) {
  for (const isCached of [false, true]) {
    test(`a chain with a row missing is invalid, with a notice${isCached ? ", also from cache" : ""} (the listener ${name})`, async () => {
      const { hidden, store } = losing();
      const first = newWorld({ store });
      const root = await first.ak.create({ accountId: "acme", budgetCents: 100 });
      const { key, id } = await first.ak.create({ accountId: "acme", parent: { id: root.id } });
      const heard = [];
      const onEvent = (event) => {
        heard.push(event);
        return listener();
      };
      const { ak } = newWorld({ store, onEvent });
      if (isCached) await ak.validate(key);
      await ak.close();
      hidden.add(root.id);
      assert.deepEqual(await ak.validate(key), { valid: false, reason: "invalid" });
      assert.ok(heard.length > 0);
      for (const event of heard) {
        assert.deepEqual([event.type, event.code], ["notice", "broken_chain"]);
        assert.equal(event.message.includes(key), false);
      }
      assert.deepEqual(await ak.reserve(key, { costCents: 1 }), { success: false, reason: "invalid" });
      assert.deepEqual(await ak.trackUsage(key, { costCents: 1 }), { success: false, reason: "invalid_key" });
      await assert.rejects(ak.budgets({ id }), { code: "not_found" });
      hidden.clear();
      assert.equal((await ak.validate(key)).valid, true, "once it is back");
    });
  }
}

test("without a listener nothing is told and nothing fails", async () => {
  const { ak } = newWorld({ onEvent: undefined });
  ak.notice("unreserved_route", "for nobody");
  assert.equal((await ak.create({ accountId: "acme" })).id, 1);
});

test("close waits for what is under way, and stats count it", async () => {
  const { ak } = newWorld();
  const { key } = await ak.create({ accountId: "acme" });
  const work = Promise.all(Array.from({ length: 10 }, () => ak.trackUsage(key, { costCents: 1 })));
  // The charges are submitted a few microtasks from here.
  await Promise.resolve();
  assert.equal(ak.stats().queue, 10);
  await ak.close();
  assert.equal(ak.stats().queue, 0);
  assert.equal((await work).length, 10);
  assert.ok(ak.stats().commitLatencyMs >= 0);
});
