// A denial is never given from stale rows, and no answer before what it rests on is committed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { gate } from "./faulty-store.mjs";
import { newTree, process } from "./world.mjs";

const turn = () => new Promise(setImmediate);

/** Each row: what another process changes, what is asked of the one with old rows, and its answer. */
const changes = [
  [
    "a cap lowered at the root",
    (other, { root }) => other.setBudget({ id: root.id }, { budgetCents: 5 }),
    ({ reserve }) => reserve(6),
    "budget_exceeded",
  ],
  [
    "a cap set on the key itself",
    (other, { child }) => other.setBudget({ id: child.id }, { budgetCents: 5 }),
    ({ charge }) => charge(6),
    "budget_exceeded",
  ],
  ["a revoked key", (other, { child }) => other.revoke(child.id), ({ charge }) => charge(1), "invalid_key"],
  ["a revoked key", (other, { child }) => other.revoke(child.id), ({ reserve }) => reserve(1), "revoked"],
  ["a revoked root", (other, { root }) => other.revoke(root.id), ({ reserve }) => reserve(1), "ancestor_revoked"],
  ["a revoked root", (other, { root }) => other.revokeTree({ id: root.id }), ({ validate }) => validate(), "revoked"],
  [
    "a charge elsewhere",
    (other, { root }) => other.trackUsage(root.key, { costCents: 95 }),
    ({ charge }) => charge(6),
    "budget_exceeded",
  ],
  [
    "a hold elsewhere",
    (other, { root }) => other.reserve(root.key, { costCents: 95 }),
    ({ reserve }) => reserve(6),
    "budget_exceeded",
  ],
  [
    "a spent root",
    (other, { root }) => other.trackUsage(root.key, { costCents: 100 }),
    ({ validate }) => validate(),
    "budget_exceeded",
  ],
];

for (const [what, change, ask, reason] of changes) {
  test(`the very next answer honours ${what}: ${reason}`, async () => {
    const tree = await newTree();
    const { ak, other, child } = tree;
    const asks = {
      charge: (costCents) => ak.trackUsage(child.key, { costCents }),
      reserve: (costCents) => ak.reserve(child.key, { costCents }),
      validate: () => ak.validate(child.key),
    };
    await ak.validate(child.key);
    await change(other, tree);
    assert.equal((await ask(asks)).reason, reason);
  });
}

test("a cap raised elsewhere is seen by the very next answer: nothing is denied from old rows", async () => {
  const { ak, other, root, child } = await newTree({ cap: 10 });
  await ak.trackUsage(child.key, { costCents: 10 });
  assert.equal((await ak.validate(child.key)).reason, "budget_exceeded");
  for (let round = 1; round <= 20; round += 1) {
    await other.setBudget({ id: root.id }, { budgetCents: 10 + round });
    assert.equal((await ak.trackUsage(child.key, { costCents: 1 })).success, true, `round ${round}`);
    assert.equal((await ak.trackUsage(child.key, { costCents: 1 })).reason, "budget_exceeded", `round ${round}`);
  }
});

test("money that another process gave back is there for the very next answer", async () => {
  const { ak, other, child } = await newTree({ cap: 10 });
  for (let round = 1; round <= 20; round += 1) {
    const { hold } = await ak.reserve(child.key, { costCents: 10 });
    assert.equal((await ak.reserve(child.key, { costCents: 1 })).success, false);
    assert.equal((await other.release(hold.id)).releasedCents, 10);
    const again = await ak.reserve(child.key, { costCents: 10 });
    assert.equal(again.success, true, `round ${round}`);
    await ak.release(again.hold.id);
  }
});

test("a settle elsewhere is seen by release, settle and a replay here", async () => {
  const { ak, other, child } = await newTree();
  const options = { costCents: 10, idempotencyKey: "k" };
  const { hold } = await ak.reserve(child.key, options);
  await other.settle(hold.id, { costCents: 3 });
  assert.equal((await ak.release(hold.id)).reason, "hold_settled");
  assert.equal((await ak.extend(hold.id)).reason, "hold_expired");
  assert.equal((await ak.settle(hold.id, { costCents: 9 })).costCents, 3);
  assert.equal((await ak.reserve(child.key, options)).hold.state, "settled");
});

test("a denial that a read shows is asked after the command came, not before", async () => {
  const { store, ak, other, root, child } = await newTree({ cap: 10 });
  await ak.trackUsage(child.key, { costCents: 10 });
  // This read begins before the cap is raised, and is answered with the old rows afterwards.
  const { chains } = await store.inner.read([{ id: child.id }]);
  const old = gate(async () => ({ chains: [chains[0]], storeNow: null }));
  store.next("read", old.call);
  const early = ak.validate(child.key);
  await old.reached;
  await other.setBudget({ id: root.id }, { budgetCents: 20 });
  const late = ak.trackUsage(child.key, { costCents: 1 });
  old.open();
  assert.equal((await early).reason, "budget_exceeded", "it came before the change");
  assert.equal((await late).success, true, "it came after the change");
});

test("nothing is answered before the commit that it rests on", async () => {
  const { store, ak, child } = await newTree({ cap: 10 });
  const held = gate();
  store.next("commit", held.call);
  const answered = [];
  const note = (name) => (answer) => {
    answered.push(name);
    return answer;
  };
  const first = ak.trackUsage(child.key, { costCents: 10, idempotencyKey: "k" }).then(note("charge"));
  const replay = ak.trackUsage(child.key, { costCents: 10, idempotencyKey: "k" }).then(note("replay"));
  const denied = ak.reserve(child.key, { costCents: 1 }).then(note("denial"));
  const read = ak.validate(child.key).then(note("read"));
  const budgets = ak.budgets({ id: child.id }).then(note("budgets"));
  await held.reached;
  for (let turns = 0; turns < 20; turns += 1) await turn();
  assert.deepEqual(answered, []);
  held.open();
  assert.equal((await first).success, true);
  assert.deepEqual(await replay, await first);
  assert.equal((await denied).reason, "budget_exceeded");
  assert.equal((await read).reason, "budget_exceeded");
  assert.equal((await budgets)[0].usedCents, 10);
});

test("what came behind a change that was refused is decided again", async () => {
  const { store, ak, other, root, child } = await newTree({ cap: 10 });
  const held = gate();
  store.next("commit", held.call);
  const charge = ak.trackUsage(child.key, { costCents: 10 });
  const denied = ak.reserve(child.key, { costCents: 1 });
  const read = ak.validate(child.key);
  await held.reached;
  // Meanwhile the charge loses its place: the denial behind it would now be a lie.
  await other.setBudget({ id: root.id }, { budgetCents: 9 });
  held.open();
  assert.equal((await charge).reason, "budget_exceeded");
  assert.equal((await denied).success, true);
  assert.equal((await read).valid, true);
});

test("what came behind a change of unknown outcome that did not happen is decided again", async () => {
  const { store, ak, child } = await newTree({ cap: 10 });
  const lost = gate(async () => {
    throw new Error("lost");
  });
  store.next("commit", lost.call);
  const charge = ak.trackUsage(child.key, { costCents: 5 });
  const read = ak.validate(child.key);
  await lost.reached;
  lost.open();
  assert.equal((await charge).success, true);
  assert.equal((await read).budgetUsedCents, 5);
  assert.equal((await ak.budgets({ id: child.id }))[0].usedCents, 5);
});

test("own writes are read, in every order, by every process", async () => {
  const { store, clock, ak, other, root, child } = await newTree({ cap: 1_000 });
  const third = process(store, clock);
  for (let used = 1; used <= 30; used += 1) {
    const writer = [ak, other, third][used % 3];
    await writer.trackUsage(child.key, { costCents: 1 });
    for (const reader of [ak, other, third]) {
      assert.equal((await reader.budgets({ id: root.id }))[0].usedCents, used);
    }
  }
});

test("a key is found by the process that looked for it in vain before", async () => {
  const { store, ak, other } = await newTree();
  assert.equal((await other.validateBySubject("late")).reason, "invalid");
  const slow = gate();
  store.next("read", slow.call);
  const early = other.validateBySubject("late");
  await slow.reached;
  await ak.ensureSubject("late");
  slow.open();
  await early;
  assert.equal((await other.validateBySubject("late")).valid, true);
});

test("of two reads that are answered the other way round no chain is made", async () => {
  const { store, ak, other, root, child } = await newTree({ cap: 10 });
  const leaf = await ak.create({ accountId: "acme", parent: { id: child.id } });
  await other.validate(child.key);
  await other.close();
  // This read begins first and reaches the store last: after a hold was made on the whole chain.
  const slow = gate();
  store.next("read", slow.call);
  const early = other.budgets({ id: leaf.id });
  await slow.reached;
  await other.budgets({ id: root.id });
  assert.equal((await ak.reserve(leaf.key, { costCents: 3 })).success, true);
  slow.open();
  assert.deepEqual(
    (await early).map(({ heldCents }) => heldCents),
    [3, 3, 3],
  );
});
