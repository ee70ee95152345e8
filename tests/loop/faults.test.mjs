// A store that fails: one effect for each request, a clear error, and work again as soon as it is back.
import assert from "node:assert/strict";
import { test } from "node:test";
import { KeyrailError } from "keyrail";
import { callsOf, faults, gate } from "./faulty-store.mjs";
import { audit, countOf, entriesOf, newTree, process } from "./world.mjs";

const turn = () => new Promise(setImmediate);
const SECOND = 1_000;

/** Every command that writes: what it does to a tree with an open hold, and the entry that it leaves. */
const commands = {
  charge: [({ ak, child }) => ak.trackUsage(child.key, { costCents: 7 }), "charge"],
  "charge with an idempotency key": [
    ({ ak, child }) => ak.trackUsage(child.key, { costCents: 7, idempotencyKey: "k" }),
    "charge",
  ],
  reserve: [({ ak, child }) => ak.reserve(child.key, { costCents: 7 }), "reserve"],
  "reserve with an idempotency key": [
    ({ ak, child }) => ak.reserve(child.key, { costCents: 7, idempotencyKey: "k" }),
    "reserve",
  ],
  settle: [({ ak, hold }) => ak.settle(hold, { costCents: 7 }), "settle"],
  release: [({ ak, hold }) => ak.release(hold), "release"],
  extend: [({ ak, hold }) => ak.extend(hold, { ttl: "1h", costCents: 9 }), "extend"],
  revoke: [({ ak, child }) => ak.revoke(child.id), "revoke"],
  setBudget: [({ ak, child }) => ak.setBudget({ id: child.id }, { budgetCents: 55 }), "set_budget"],
  create: [
    async ({ ak, root }) => {
      const { id: _id, key, path: _path, ...made } = await ak.create({ accountId: "acme", parent: { id: root.id } });
      return { ...made, isValid: (await ak.validate(key)).valid };
    },
    "mint",
  ],
  ensureSubject: [
    async ({ ak, root }) => {
      await ak.ensureSubject("user", { parent: { id: root.id } });
      return (await ak.validateBySubject("user")).valid;
    },
    "mint",
  ],
};

/** The answer without what is random. */
const steady = (answer) => (answer?.hold === undefined ? answer : { ...answer, hold: { ...answer.hold, id: "" } });

/** A tree with a hold of 20, 10 charged, and a cap of 100. */
async function begun() {
  const tree = await newTree();
  const { hold } = await tree.ak.reserve(tree.child.key, { costCents: 20 });
  await tree.ak.trackUsage(tree.child.key, { costCents: 10 });
  return { ...tree, hold: hold.id };
}

const unknownOutcomes = {
  "the commit did not happen": [faults.before],
  "the commit happened": [faults.after],
  "the commit happened, and the next try fails too": [faults.after, faults.before],
  "the store answered fewer items than it was asked": [faults.short],
  "two tries are lost": [faults.before, faults.before],
  "rows are locked": [faults.busy, faults.busy],
  "it is refused for nothing": [faults.refuse],
  "refused, then lost after it happened": [faults.refuse, faults.after],
};

for (const [what, planned] of Object.entries(unknownOutcomes)) {
  for (const [name, [act, kind]] of Object.entries(commands)) {
    test(`${name}, ${what}: one effect and the same answer`, async () => {
      const calm = await begun();
      const expected = steady(await act(calm));
      const tree = await begun();
      const before = await countOf(tree.store, tree.root.id, kind);
      tree.store.next("commit", ...planned);
      assert.deepEqual(steady(await act(tree)), expected);
      await tree.ak.close();
      assert.equal(await countOf(tree.store, tree.root.id, kind), before + 1);
      await audit(tree.store, tree.root.id, tree.clock.now);
    });
  }
}

for (const [name, [act, kind]] of Object.entries(commands)) {
  test(`${name}: a commit that lands after its repetition changes nothing`, async () => {
    const tree = await begun();
    const before = await countOf(tree.store, tree.root.id, kind);
    tree.store.next("commit", faults.late);
    await act(tree);
    await tree.ak.close();
    for (const { results } of await tree.store.land()) for (const { ok } of results) assert.equal(ok, false);
    assert.equal(await countOf(tree.store, tree.root.id, kind), before + 1);
    await audit(tree.store, tree.root.id, tree.clock.now);
  });

  test(`${name}: a commit that lands just before its repetition is the one that counts`, async () => {
    const tree = await begun();
    const before = await countOf(tree.store, tree.root.id, kind);
    tree.store.next("commit", faults.late, async (work, store) => {
      await store.land();
      return work();
    });
    await act(tree);
    await tree.ak.close();
    assert.equal(await countOf(tree.store, tree.root.id, kind), before + 1);
    await audit(tree.store, tree.root.id, tree.clock.now);
  });
}

/** Looks for the entries first; then the late commit lands; then the rows are read. */
const landsBetween = async (_work, store, refs) => {
  const early = await store.inner.read(refs);
  await store.land();
  const late = await store.inner.read(refs);
  const chains = refs.map((ref, place) => ("entry" in ref ? early : late).chains[place]);
  return { chains, storeNow: null };
};

for (const [name, [act, kind]] of Object.entries(commands)) {
  test(`${name}: a commit that lands between the look-up of its entry and of its rows is the one that counts`, async () => {
    const tree = await begun();
    const before = await countOf(tree.store, tree.root.id, kind);
    tree.store.next("commit", faults.late);
    // Whatever `act` reads first, the late commit is there only once it was sent.
    tree.store.always("read", (work, store, refs) =>
      store.late.length > 0 ? landsBetween(work, store, refs) : work(),
    );
    await act(tree);
    await tree.ak.close();
    assert.equal(await countOf(tree.store, tree.root.id, kind), before + 1);
    await audit(tree.store, tree.root.id, tree.clock.now);
  });
}

test("rows that another request brings do not hide that an earlier commit has landed", async () => {
  const { store, clock, ak, root, child } = await newTree();
  const lookedUp = gate();
  store.next("commit", faults.late);
  store.next("read", async (work) => {
    const answer = await work();
    await store.land();
    await lookedUp.call(async () => undefined);
    return answer;
  });
  const charge = ak.trackUsage(child.key, { costCents: 1 });
  await lookedUp.reached;
  // The rows of this read are younger than the look-up that did not find the charge.
  const read = ak.validate(child.key);
  for (let turns = 0; turns < 5; turns += 1) await turn();
  lookedUp.open();
  assert.equal((await charge).success, true);
  assert.equal((await read).valid, true);
  assert.equal(await countOf(store, root.id, "charge"), 1);
  await audit(store, root.id, clock.now);
});

test("a request that another process carries out while it is looked at is replayed, not refused", async () => {
  const { store, ak, other, root, child } = await newTree({ cap: 5 });
  await ak.validate(child.key);
  await other.validate(child.key);
  const options = { costCents: 5, idempotencyKey: "k" };
  // A charge that does not fit looks for its key; meanwhile the same request is carried out elsewhere.
  await ak.setBudget({ id: root.id }, { budgetCents: 0 });
  let first;
  store.next("read", async (_work, _store, refs) => {
    const early = await store.inner.read(refs);
    await other.setBudget({ id: root.id }, { budgetCents: 5 });
    first = await other.trackUsage(child.key, options);
    const late = await store.inner.read(refs);
    return { chains: refs.map((ref, place) => ("entry" in ref ? early : late).chains[place]), storeNow: null };
  });
  const answer = await ak.trackUsage(child.key, options);
  assert.equal(first.success, true);
  assert.deepEqual(answer, first);
});

test("who is refused after an unknown outcome is not charged by the commit that lands later", async () => {
  const tree = await newTree({ cap: null });
  const { store, clock, ak, root } = tree;
  const { key } = await ak.create({ accountId: "acme", parent: { id: root.id }, expiresIn: "1h" });
  // The first commit is lost and still under way; by the next try the key has expired.
  store.next("commit", async (work) => {
    clock.now += 2 * 60 * 60 * SECOND;
    return faults.late(work, store);
  });
  assert.equal((await ak.reserve(key, { costCents: 5 })).reason, "expired");
  await store.land();
  assert.equal(await countOf(store, root.id, "reserve"), 0);
  assert.equal((await ak.budgets({ id: root.id }))[0].heldCents, 0);
});

test("a batch of unknown outcome is charged once, each of its requests", async () => {
  for (const fault of [faults.before, faults.after, faults.late]) {
    const { store, clock, ak, root, child } = await newTree({ cap: 50 });
    store.next("commit", fault);
    const answers = await Promise.all(Array.from({ length: 64 }, () => ak.trackUsage(child.key, { costCents: 1 })));
    await store.land();
    assert.equal(answers.filter(({ success }) => success).length, 50);
    assert.equal(await countOf(store, root.id, "charge"), 50);
    assert.deepEqual(
      answers
        .map(({ budgetUsedCents }) => budgetUsedCents ?? 0)
        .sort((a, b) => a - b)
        .at(-1),
      50,
    );
    await audit(store, root.id, clock.now);
  }
});

test("reads that fail a few times are asked again", async () => {
  const { store, other, child } = await newTree();
  store.next("read", faults.before, faults.after, faults.short);
  assert.equal((await other.validate(child.key)).valid, true);
  store.next("read", faults.before, faults.short);
  assert.equal((await other.trackUsage(child.key, { costCents: 1_000 })).reason, "budget_exceeded");
});

const unavailable = (error) => {
  assert.ok(error instanceof KeyrailError, String(error?.stack));
  assert.equal(error.code, "store_unavailable");
  assert.ok(error.cause instanceof Error);
  return true;
};

test("a store that is down gives a clear error for everything, and all works when it is back", async () => {
  const { store, clock, ak, root, child } = await begun();
  const cold = process(store, clock);
  const everything = (one) => [
    one.validate(child.key),
    one.trackUsage(child.key, { costCents: 1 }),
    one.reserve(child.key, { costCents: 1 }),
    one.budgets({ id: child.id }),
    one.subtree({ id: root.id }),
    one.revoke(root.id),
    one.revokeTree({ id: root.id }),
    one.setBudget({ id: root.id }, { budgetCents: 1 }),
    one.create({ accountId: "acme" }),
    one.create({ accountId: "acme", parent: { id: root.id } }),
    one.ensureSubject("user"),
  ];
  for (const kind of ["read", "commit", "allocate", "list"]) store.always(kind, faults.before);
  for (const one of [ak, cold]) {
    await Promise.all(everything(one).map((asked) => assert.rejects(asked, unavailable)));
    assert.equal(one.stats().queue, 0);
  }
  for (const kind of ["read", "commit", "allocate", "list"]) store.always(kind, undefined);
  for (const one of [ak, cold]) {
    assert.equal((await one.trackUsage(child.key, { costCents: 1 })).success, true);
    assert.equal((await one.validate(child.key)).valid, true);
    await one.ensureSubject("user");
  }
  assert.equal(await countOf(store, root.id, "revoke"), 0);
  await audit(store, root.id, clock.now);
});

test("a store that cannot write refuses what writes and still answers what reads", async () => {
  const { store, ak, child } = await begun();
  store.always("commit", faults.before);
  await assert.rejects(ak.trackUsage(child.key, { costCents: 1 }), unavailable);
  assert.equal((await ak.validate(child.key)).valid, true);
  assert.equal((await ak.trackUsage(child.key, { costCents: 1_000 })).reason, "budget_exceeded");
  assert.equal((await ak.budgets({ id: child.id }))[0].usedCents, 10);
});

test("a listing or an id that fails once is asked again", async () => {
  const { store, ak, root } = await begun();
  store.next("list", faults.before);
  assert.equal((await ak.subtree({ id: root.id })).length, 2);
  store.next("allocate", faults.after);
  assert.equal((await ak.create({ accountId: "acme" })).parentId, null);
});

test("a use that cannot be noted fails no request and is noted later", async () => {
  const { store, clock, ak, child } = await newTree();
  store.always("commit", faults.before);
  for (let round = 0; round < 3; round += 1) {
    const answers = await Promise.all(Array.from({ length: 20 }, () => ak.validate(child.key)));
    for (const { valid } of answers) assert.equal(valid, true);
    // Between two rounds the next ones arrive while the use is being noted.
    await turn();
  }
  store.always("commit", undefined);
  await ak.close();
  await ak.validate(child.key);
  await ak.close();
  const { chains } = await store.inner.read([{ id: child.id }]);
  assert.equal(chains[0].at(-1).lastUsedAt, clock.now);
});

test("a commit that is never answered delays only its tree, and a late fault still gives one charge", async () => {
  for (const fault of [faults.before, faults.after, faults.none]) {
    const { store, clock, ak, root, child } = await newTree();
    const beside = await ak.create({ accountId: "beside" });
    await ak.trackUsage(beside.key, { costCents: 1 });
    const hung = gate(fault);
    store.next("commit", hung.call);
    const charge = ak.trackUsage(child.key, { costCents: 1 });
    await hung.reached;
    const behind = ak.trackUsage(child.key, { costCents: 1 });
    const calls = await callsOf(store, async () => {
      assert.equal((await ak.trackUsage(beside.key, { costCents: 1 })).success, true);
      assert.equal((await ak.validate(beside.key)).valid, true);
    });
    assert.ok(calls.commit >= 1);
    hung.open();
    assert.deepEqual([(await charge).success, (await behind).success], [true, true]);
    await ak.close();
    assert.equal(await countOf(store, root.id, "charge"), 2);
    await audit(store, root.id, clock.now);
  }
});

test("close waits for a commit under way", async () => {
  const { store, ak, root, child } = await newTree();
  const held = gate();
  store.next("commit", held.call);
  void ak.trackUsage(child.key, { costCents: 1 });
  let isClosed = false;
  const closing = ak.close().then(() => {
    isClosed = true;
  });
  await held.reached;
  for (let turns = 0; turns < 20; turns += 1) await turn();
  assert.equal(isClosed, false);
  held.open();
  await closing;
  assert.equal((await entriesOf(store, root.id)).at(-1).entryKind, "charge");
});

test("a request that has its answer is not counted again when its batch fails", async () => {
  const { store, ak, other, root, child } = await newTree();
  const held = gate(faults.before);
  store.next("commit", held.call);
  const first = ak.trackUsage(child.key, { costCents: 1 });
  await held.reached;
  await other.ensureSubject("taken");
  // In one batch: a subject that is taken meanwhile, and a charge that the store cannot take.
  const ensured = ak.ensureSubject("taken", { parent: { id: root.id } });
  const charges = [ak.trackUsage(child.key, { costCents: 1 }), ak.trackUsage(child.key, { costCents: 1 })];
  store.always("commit", faults.before);
  held.open();
  await Promise.allSettled([first, ensured, ...charges]);
  assert.equal(ak.stats().queue, 0);
});
