// Several processes on one tree at once: no cap is broken, nothing is lost, nothing counts twice.
import assert from "node:assert/strict";
import { test } from "node:test";
import { faults } from "./faulty-store.mjs";
import { audit, countOf, newTree, process } from "./world.mjs";

/** `count` processes on one tree, over a store whose calls take a few turns. */
async function crowd(count, options) {
  const tree = await newTree(options);
  const all = Array.from({ length: count }, () => process(tree.store, tree.clock));
  for (const one of all) await one.validate(tree.child.key);
  await Promise.all(all.map((one) => one.close()));
  for (const kind of ["read", "commit"]) tree.store.always(kind, faults.delay(1));
  return { ...tree, all };
}

test("two processes hammer one tree: exactly the cap is charged", async () => {
  const { store, clock, root, child, all } = await crowd(2, { cap: 500 });
  const charge = (_, index) => all[index % 2].trackUsage(child.key, { costCents: 1 });
  const answers = await Promise.all(Array.from({ length: 1_000 }, charge));
  assert.equal(answers.filter(({ success }) => success).length, 500);
  for (const { success, reason } of answers) if (!success) assert.equal(reason, "budget_exceeded");
  assert.equal(await countOf(store, root.id, "charge"), 500);
  const used = answers.filter(({ success }) => success).map(({ budgetUsedCents }) => budgetUsedCents);
  assert.deepEqual(
    used.sort((a, b) => a - b),
    Array.from({ length: 500 }, (_, index) => index + 1),
    "every answer tells its own place",
  );
  await audit(store, root.id, clock.now);
});

test("four processes, one request after another in 32 lines each: the cap holds and no line starves", async () => {
  const { store, clock, root, child, all } = await crowd(4, { cap: 300 });
  let charged = 0;
  const line = async (ak) => {
    for (let round = 0; round < 12; round += 1) {
      const held = await ak.reserve(child.key, { costCents: 3 });
      if (!held.success) continue;
      if (round % 3 === 0) await ak.release(held.hold.id);
      else {
        await ak.settle(held.hold.id, { costCents: 2 });
        charged += 2;
      }
    }
  };
  await Promise.all(all.flatMap((ak) => Array.from({ length: 8 }, () => line(ak))));
  assert.ok(charged <= 300 && charged >= 290, `${charged} cents of work for 300`);
  const [{ usedCents, heldCents }] = await all[0].budgets({ id: root.id });
  assert.deepEqual([usedCents, heldCents], [charged, 0]);
  await audit(store, root.id, clock.now);
});

test("processes that share no row of a chain but the root do not break the root's cap", async () => {
  const { store, clock, ak, root, all } = await crowd(4, { cap: 100 });
  const keys = [];
  for (const _ of all)
    keys.push((await ak.create({ accountId: "acme", parent: { id: root.id }, budgetCents: 80 })).key);
  const charge = (_, index) => all[index % 4].trackUsage(keys[index % 4], { costCents: 7 });
  const answers = await Promise.all(Array.from({ length: 80 }, charge));
  assert.equal(answers.filter(({ success }) => success).length, 14);
  await audit(store, root.id, clock.now);
});

test("one idempotency key in four processes is one charge and one answer", async () => {
  const { store, root, child, all } = await crowd(4);
  const charge = (_, index) => all[index % 4].trackUsage(child.key, { costCents: 5, idempotencyKey: "k" });
  const answers = await Promise.all(Array.from({ length: 40 }, charge));
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
  assert.equal(await countOf(store, root.id, "charge"), 1);
});

test("one hold settled, released and extended by four processes ends once", async () => {
  for (let round = 0; round < 10; round += 1) {
    const { store, clock, root, child, all } = await crowd(4);
    const { hold } = await all[0].reserve(child.key, { costCents: 10 });
    const [released, settled, extended, settledAgain] = await Promise.all([
      all[0].release(hold.id),
      all[1].settle(hold.id, { costCents: 4 }),
      all[2].extend(hold.id, { costCents: 12 }),
      all[3].settle(hold.id, { costCents: 6 }),
    ]);
    assert.deepEqual(settled, settledAgain, "one of the two settled, both tell how");
    if (!released.success) assert.equal(released.reason, "hold_settled");
    assert.equal(settled.late, released.success, "a settle after the release is late");
    if (!extended.success) assert.equal(extended.reason, "hold_expired");
    assert.equal(await countOf(store, root.id, "settle"), 1);
    await audit(store, root.id, clock.now);
  }
});

test("mints, revokes and charges of four processes at once leave a tree whose books agree", async () => {
  const { store, clock, root, all } = await crowd(4, { cap: 200 });
  const work = async (ak, index) => {
    const { key, id } = await ak.create({ accountId: "acme", parent: { id: root.id }, budgetCents: 30 });
    const charges = await Promise.all(
      all.map((one, place) => one.trackUsage(key, { costCents: 1 + ((index + place) % 3) })),
    );
    assert.equal(await all[(index + 1) % 4].revoke(id), true);
    assert.equal((await ak.trackUsage(key, { costCents: 1 })).reason, "invalid_key");
    return charges;
  };
  const charges = (await Promise.all(Array.from({ length: 24 }, (_, index) => work(all[index % 4], index)))).flat();
  assert.equal(charges.filter(({ success }) => success).length, 96);
  assert.equal((await all[0].subtree({ id: root.id })).length, 26);
  await audit(store, root.id, clock.now);
});

test("a process whose store is far away gets its turn on a tree that a near one never leaves alone", async () => {
  const { store, clock, root, child } = await newTree({ cap: 100_000 });
  const seenFrom = (turns) => {
    const call = (name) => async (argument) => {
      const wait = async () => {
        for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
      };
      await wait();
      const answer = await store.inner[name](argument);
      await wait();
      return answer;
    };
    return { ...store.inner, read: call("read"), commit: call("commit") };
  };
  const ticking = {
    get now() {
      return clock.now + performance.now();
    },
  };
  const near = process(seenFrom(1), ticking);
  const far = process(seenFrom(40), ticking);
  let isOver = false;
  const hammer = async () => {
    while (!isOver) await near.trackUsage(child.key, { costCents: 0.01 });
  };
  const hammering = Array.from({ length: 4 }, hammer);
  for (let turn = 0; turn < 5; turn += 1) {
    assert.equal((await far.trackUsage(child.key, { costCents: 1 })).success, true);
  }
  isOver = true;
  await Promise.all(hammering);
  assert.ok(far.stats().retries < 5 * 20, `${far.stats().retries} retries for five charges`);
  await audit(store, root.id, ticking.now);
});
