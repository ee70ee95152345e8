// What each answer costs: approval from cache one round trip, denial or validate one read, cold two.
import assert from "node:assert/strict";
import { test } from "node:test";
import { callsOf } from "./faulty-store.mjs";
import { countOf, newTree, process } from "./world.mjs";

/** Each row: what is asked of a process that has the tree's rows, or (cold) has none, and its calls. */
function check(title, isCold, table) {
  for (const [what, ask, expected] of table) {
    test(`${title}: ${what}`, async () => {
      const { store, ak, other, root, child } = await newTree();
      const { hold } = await ak.reserve(child.key, { costCents: 1 });
      // A first validate notes its use; from then on there is nothing to note for five minutes.
      await ak.validate(child.key);
      await ak.trackUsage(child.key, { costCents: 1, idempotencyKey: "first" });
      await ak.close();
      const asked = { ak: isCold ? other : ak, key: child.key, id: child.id, root, hold: hold.id };
      assert.deepEqual(await callsOf(store, () => ask(asked)), expected);
    });
  }
}

const approved = async (answer) => assert.equal((await answer).success, true);
const denied = async (answer) => assert.equal((await answer).success, false);

check("from cache", false, [
  ["a charge", ({ ak, key }) => approved(ak.trackUsage(key, { costCents: 1 })), { commit: 1 }],
  ["a reserve", ({ ak, key }) => approved(ak.reserve(key, { costCents: 1 })), { commit: 1 }],
  ["a settle", ({ ak, hold }) => approved(ak.settle(hold, { costCents: 1 })), { commit: 1 }],
  ["a release", ({ ak, hold }) => approved(ak.release(hold)), { commit: 1 }],
  ["an extend", ({ ak, hold }) => approved(ak.extend(hold, { ttl: "1h" })), { commit: 1 }],
  [
    "a charge with a new idempotency key",
    ({ ak, key }) => approved(ak.trackUsage(key, { costCents: 1, idempotencyKey: "new" })),
    { commit: 1 },
  ],
  ["a charge that is denied", ({ ak, key }) => denied(ak.trackUsage(key, { costCents: 1_000 })), { read: 1 }],
  ["a reserve that is denied", ({ ak, key }) => denied(ak.reserve(key, { costCents: 1_000 })), { read: 1 }],
  ["a validate", async ({ ak, key }) => assert.equal((await ak.validate(key)).valid, true), { read: 1 }],
  ["budgets", async ({ ak, id }) => assert.equal((await ak.budgets({ id })).length, 2), { read: 1 }],
  ["headroom", async ({ ak, id }) => assert.notEqual(await ak.headroom({ id }), null), { read: 1 }],
  ["a revoke", async ({ ak, id }) => assert.equal(await ak.revoke(id), true), { commit: 1 }],
  ["setBudget", ({ ak, id }) => ak.setBudget({ id }, { budgetCents: 5 }), { commit: 1 }],
  ["an unknown key", ({ ak }) => denied(ak.trackUsage("ak_unknown", { costCents: 1 })), { read: 1 }],
  ["a mint", ({ ak, id }) => ak.create({ accountId: "acme", parent: { id } }), { allocate: 1, commit: 1 }],
  ["an amount that is none", ({ ak, key }) => denied(ak.trackUsage(key, { costCents: Number.NaN })), {}],
  ["an empty secret", ({ ak }) => denied(ak.trackUsage("", { costCents: 1 })), {}],
]);

check("cold", true, [
  ["a charge", ({ ak, key }) => approved(ak.trackUsage(key, { costCents: 1 })), { read: 1, commit: 1 }],
  ["a reserve", ({ ak, key }) => approved(ak.reserve(key, { costCents: 1 })), { read: 1, commit: 1 }],
  ["a settle", ({ ak, hold }) => approved(ak.settle(hold, { costCents: 1 })), { read: 1, commit: 1 }],
  ["a charge that is denied", ({ ak, key }) => denied(ak.trackUsage(key, { costCents: 1_000 })), { read: 1 }],
  ["a validate", async ({ ak, key }) => assert.equal((await ak.validate(key)).valid, true), { read: 1 }],
  ["an unknown key", ({ ak }) => denied(ak.trackUsage("ak_unknown", { costCents: 1 })), { read: 1 }],
  ["a root", ({ ak }) => ak.create({ accountId: "acme" }), { allocate: 1, commit: 1 }],
]);

test("64 parallel charges on one tree take few commits", async () => {
  const { store, ak, root, child } = await newTree({ cap: 1_000 });
  const charge = () => approved(ak.trackUsage(child.key, { costCents: 1 }));
  const calls = await callsOf(store, () => Promise.all(Array.from({ length: 64 }, charge)));
  assert.deepEqual(calls, { commit: 1 });
  assert.equal(await countOf(store, root.id, "charge"), 64);
});

test("64 parallel charges of a process that knows nothing take one read and few commits", async () => {
  const { store, other, child } = await newTree({ cap: 1_000 });
  const charge = () => approved(other.trackUsage(child.key, { costCents: 1 }));
  const { read, commit } = await callsOf(store, () => Promise.all(Array.from({ length: 64 }, charge)));
  assert.equal(read, 1);
  assert.ok(commit <= 2, `${commit} commits`);
});

test("64 parallel validates share one read, and so do denials of many keys of one tree", async () => {
  const { store, ak, other, root } = await newTree();
  const keys = [];
  for (let made = 0; made < 8; made += 1) {
    keys.push((await ak.create({ accountId: "acme", parent: { id: root.id } })).key);
  }
  await ak.close();
  const validates = () => Promise.all(Array.from({ length: 64 }, (_, index) => other.validate(keys[index % 8])));
  assert.equal((await callsOf(store, validates)).read, 1);
  await other.close();
  const denials = () => Promise.all(keys.map((key) => denied(other.trackUsage(key, { costCents: 1_000 }))));
  assert.deepEqual(await callsOf(store, denials), { read: 1 });
});

test("charges on 32 trees at once share their commits", async () => {
  const { store, clock } = await newTree();
  const ak = process(store, clock);
  const keys = await Promise.all(Array.from({ length: 32 }, () => ak.create({ accountId: "acme" })));
  const charge = ({ key }) => approved(ak.trackUsage(key, { costCents: 1 }));
  const { commit } = await callsOf(store, () => Promise.all(keys.map(charge)));
  assert.ok(commit <= 4, `${commit} commits`);
});

test("charges that come while a commit is under way go together in the next", async () => {
  const { store, ak, child } = await newTree({ cap: 10_000 });
  const turn = () => new Promise(setImmediate);
  store.always("commit", async (work) => {
    for (let turns = 0; turns < 5; turns += 1) await turn();
    return work();
  });
  const calls = await callsOf(store, async () => {
    const charges = [];
    for (let round = 0; round < 50; round += 1) {
      charges.push(ak.trackUsage(child.key, { costCents: 1 }), ak.trackUsage(child.key, { costCents: 1 }));
      await turn();
    }
    for (const answer of await Promise.all(charges)) assert.equal(answer.success, true);
  });
  assert.ok(calls.commit <= 15, `${calls.commit} commits of 100 charges in 50 turns`);
});
