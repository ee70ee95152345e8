// An agentkey process that still runs on the table while Keyrail works on it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DAY, newTable, START, sumOf } from "./world.mjs";

const usedOf = async (ak, key) => (await ak.budgets({ key })).map(({ usedCents }) => usedCents);

test("its spend is seen by the very next answer, counts on every ancestor, and becomes an entry", async () => {
  const { keyrail, agentkey, entries } = await newTable();
  const ak = keyrail();
  const root = await ak.create({ accountId: "acme", budgetCents: 100 });
  const child = await ak.create({ accountId: "acme", budgetCents: 80, parent: { id: root.id } });
  await ak.trackUsage(child.key, { costCents: 10.5 });
  assert.deepEqual(await agentkey().trackUsage(child.key, { costCents: 30 }), { success: true, budgetUsedCents: 40 });
  assert.equal((await ak.reserve(child.key, { costCents: 40 })).reason, "budget_exceeded");
  assert.equal((await ak.validate(child.key)).budgetUsedCents, 40.5);
  assert.deepEqual(await usedOf(ak, child.key), [40.5, 40.5]);
  await agentkey().trackUsage(root.key, { costCents: 59 });
  assert.equal((await ak.trackUsage(child.key, { costCents: 1 })).binding.id, root.id);
  assert.deepEqual((await entries(root.id)).slice(2), [
    ["charge", child.id, 10.5],
    ["adjust", child.id, 30],
    ["adjust", root.id, 59],
  ]);
});

test("on the keys above it its spend counts from the first answer about the key that it spent with", async () => {
  const { keyrail, agentkey } = await newTable();
  const ak = keyrail();
  const root = await ak.create({ accountId: "acme", budgetCents: 100 });
  const child = await ak.create({ accountId: "acme", parent: { id: root.id } });
  await agentkey().trackUsage(child.key, { costCents: 95 });
  // Looking through a whole tree for edits would make every charge on it slower.
  assert.equal((await ak.validate(root.key)).budgetUsedCents, 0);
  assert.equal((await keyrail().validate(child.key)).valid, true);
  assert.equal((await ak.validate(root.key)).budgetUsedCents, 95);
});

test("what is given back with SQL counts for its own row alone, and is told", async () => {
  const { keyrail, sql, entries } = await newTable();
  const ak = keyrail();
  const root = await ak.create({ accountId: "acme", budgetCents: 100 });
  const child = await ak.create({ accountId: "acme", parent: { id: root.id } });
  await ak.trackUsage(child.key, { costCents: 60.5 });
  await sql(child.id, "budget_used_cents = budget_used_cents - 50");
  assert.deepEqual(await usedOf(ak, child.key), [60.5, 10]);
  assert.deepEqual((await entries(root.id)).at(-1), ["adjust", child.id, -50.5]);
});

test("its charge fails where Keyrail has spent what is left", async () => {
  const { keyrail, agentkey } = await newTable();
  const { key } = await agentkey().create({ accountId: "acme", budgetCents: 100 });
  assert.equal((await keyrail().trackUsage(key, { costCents: 80.5 })).success, true);
  assert.equal((await agentkey().trackUsage(key, { costCents: 21 })).reason, "budget_exceeded");
  assert.equal((await agentkey().trackUsage(key, { costCents: 20 })).success, true);
  // It saw 80 of the 80.5: what is used is now above the cap, and said so.
  const { reason, binding } = await keyrail().validate(key);
  assert.deepEqual([reason, binding.usedCents], ["budget_exceeded", 100.5]);
});

test("keys that it minted stay roots, and those of Keyrail work for it", async () => {
  const { keyrail, agentkey } = await newTable();
  const ak = keyrail();
  const theirs = await agentkey().create({ accountId: "acme", budgetCents: 100, scopes: ["a"] });
  const chain = await ak.budgets({ key: theirs.key });
  assert.deepEqual(
    chain.map(({ id, limitCents }) => [id, limitCents]),
    [[theirs.id, 100]],
  );
  const grant = { accountId: "acme", budgetCents: 50, budgetPeriod: "day", expiresIn: "1h", scopes: ["a"] };
  const ours = await ak.create({ ...grant, parent: { key: theirs.key } });
  assert.equal(ours.path, `${theirs.id}/${ours.id}`);
  const seen = await agentkey().validate(ours.key);
  assert.deepEqual(seen, { valid: true, id: ours.id, budgetUsedCents: 0, scopes: ["a"] });
  assert.equal((await agentkey().trackUsage(ours.key, { costCents: 51 })).reason, "budget_exceeded");
  assert.equal((await agentkey().trackUsage(ours.key, { costCents: 50 })).success, true);
  assert.equal((await ak.validate(ours.key)).reason, "budget_exceeded");
  assert.equal((await ak.validate(theirs.key)).budgetUsedCents, 50);
  assert.equal(await ak.revoke(ours.id), true);
  assert.equal((await agentkey().validate(ours.key)).reason, "revoked");
});

test("what it spends as several processes charge at once is counted once, on the row, above it and in the ledger", async () => {
  const { keyrail, agentkey, entries, row } = await newTable();
  const [first, second] = [keyrail(), keyrail()];
  const old = agentkey();
  const root = await first.create({ accountId: "acme" });
  const child = await first.create({ accountId: "acme", budgetCents: 100_000, parent: { id: root.id } });
  const spent = { keyrail: 0, agentkey: 0 };
  const charge = async (name, ak, costCents) => {
    for (let round = 0; round < 60; round += 1) {
      await ak.validate(child.key);
      const { success } = await ak.trackUsage(child.key, { costCents });
      if (success) spent[name] += costCents;
    }
  };
  await Promise.all([
    charge("keyrail", first, 0.5),
    charge("keyrail", second, 3),
    charge("agentkey", old, 7),
    charge("agentkey", agentkey(), 2),
  ]);
  assert.deepEqual(spent, { keyrail: 60 * 3.5, agentkey: 60 * 9 });
  const total = spent.keyrail + spent.agentkey;
  assert.deepEqual(await usedOf(first, child.key), [total, total]);
  assert.equal((await row(child.id)).budget_used_cents, Math.floor(total));
  assert.equal((await row(root.id)).budget_used_cents, Math.floor(total));
  const told = await entries(root.id);
  assert.deepEqual([sumOf(told, "charge"), sumOf(told, "adjust")], [spent.keyrail, spent.agentkey]);
});

for (const [whose, minter] of [
  ["one of Keyrail's", "keyrail"],
  ["one of agentkey's, from the first look at it on", "agentkey"],
]) {
  test(`a process that writes a row without a pause does not keep Keyrail from it: ${whose}`, async () => {
    const table = await newTable();
    const { key, id } = await table[minter]().create({ accountId: "acme" });
    let isOver = false;
    let theirs = 0;
    const hammer = async () => {
      const old = table.agentkey();
      while (!isOver) {
        await old.trackUsage(key, { costCents: 1 });
        theirs += 1;
      }
    };
    const hammers = [hammer(), hammer(), hammer(), hammer()];
    const ak = table.keyrail();
    for (let round = 0; round < 50; round += 1) {
      assert.equal((await ak.trackUsage(key, { costCents: 1 })).success, true);
    }
    isOver = true;
    await Promise.all(hammers);
    assert.equal((await ak.validate(key)).budgetUsedCents, theirs + 50);
    assert.equal((await table.row(id)).budget_used_cents, theirs + 50);
  });
}

/** A daily key with 60 of 100 spent, above it a root without windows. */
async function newDaily() {
  const table = await newTable();
  const ak = table.keyrail();
  const root = await ak.create({ accountId: "acme" });
  const grant = { accountId: "acme", budgetCents: 100, budgetPeriod: "day", parent: { id: root.id } };
  const child = await ak.create(grant);
  await ak.trackUsage(child.key, { costCents: 60 });
  return { ...table, ak, root, child, old: table.agentkey() };
}

test("a window that it rolls first is the next one for Keyrail too, with what was spent in it", async () => {
  const { ak, old, root, child, clock, row, entries } = await newDaily();
  clock.now = START + DAY + 60_000;
  await old.validate(child.key);
  assert.equal((await old.trackUsage(child.key, { costCents: 30 })).budgetUsedCents, 30);
  const { budgetUsedCents, budgetResetAt } = await ak.validate(child.key);
  assert.deepEqual([budgetUsedCents, Date.parse(budgetResetAt)], [30, START + 2 * DAY]);
  assert.deepEqual(await usedOf(ak, child.key), [90, 30]);
  assert.deepEqual((await entries(root.id)).at(-1), ["adjust", child.id, 30]);
  assert.equal((await ak.trackUsage(child.key, { costCents: 70 })).success, true);
  assert.equal((await row(child.id)).budget_used_cents, 100);
});

test("a window that Keyrail rolls first is the next one for it too", async () => {
  const { ak, old, child, clock } = await newDaily();
  clock.now = START + DAY;
  assert.equal((await ak.trackUsage(child.key, { costCents: 20 })).budgetUsedCents, 20);
  assert.equal((await old.validate(child.key)).budgetUsedCents, 20);
  assert.equal((await old.trackUsage(child.key, { costCents: 30 })).budgetUsedCents, 50);
  assert.deepEqual(await usedOf(ak, child.key), [110, 50]);
});

test("what it spent in a window that is over by the next answer counts in that window, and above", async () => {
  const { ak, old, child, clock } = await newDaily();
  await old.trackUsage(child.key, { costCents: 30 });
  clock.now = START + DAY;
  assert.equal((await ak.validate(child.key)).budgetUsedCents, 0);
  assert.deepEqual(await usedOf(ak, child.key), [90, 0]);
});

test("a charge that it rolls a window with, late, ends the window a day after that charge", async () => {
  const { ak, old, child, clock, row } = await newDaily();
  clock.now = START + DAY + 3_600_000;
  await old.trackUsage(child.key, { costCents: 5 });
  assert.equal((await ak.trackUsage(child.key, { costCents: 5 })).budgetUsedCents, 10);
  assert.equal((await row(child.id)).budget_reset_at.getTime(), clock.now + DAY);
  clock.now += DAY;
  const { budgetUsedCents, budgetResetAt } = await ak.validate(child.key);
  assert.deepEqual([budgetUsedCents, Date.parse(budgetResetAt)], [0, clock.now + DAY]);
});

test("a hold of the window that it rolled away no longer counts, and is settled in full", async () => {
  const { ak, old, child, clock } = await newDaily();
  clock.now = START + DAY - 60_000;
  const { hold } = await ak.reserve(child.key, { costCents: 40, ttl: "10m" });
  clock.now = START + DAY + 60_000;
  await old.validate(child.key);
  assert.equal((await ak.headroom({ key: child.key })).remainingCents, 100);
  assert.equal((await ak.settle(hold.id, { costCents: 40 })).success, true);
  assert.deepEqual(await usedOf(ak, child.key), [100, 0]);
});
