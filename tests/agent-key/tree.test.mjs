// Keys that mint keys: what a child gets, what binds it, and what ends it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { KeyrailError } from "keyrail";
import { DAY, edit, HOUR, iso, money, newWorld, START } from "./world.mjs";

/** Mints a root with `above`, then a child with `asked`. */
async function mintPair(above, asked) {
  const world = newWorld();
  const root = await world.ak.create({ accountId: "acme", ...above });
  const mint = (options) => world.ak.create({ accountId: "acme", parent: { id: root.id }, ...options });
  return { ...world, root, mint, child: asked === undefined ? undefined : await mint(asked) };
}

const IN_1H = iso(START + HOUR);

/** Each row: the parent's grant, what the child asks, what it gets, and which parts were cut. */
const clamps = [
  [{}, {}, {}, []],
  [{ budgetCents: 100 }, {}, { budgetCents: null }, []],
  [{ budgetCents: 100 }, { budgetCents: 100 }, { budgetCents: 100 }, []],
  [{ budgetCents: 100 }, { budgetCents: 101 }, { budgetCents: 100 }, ["budgetCents"]],
  [
    { budgetCents: 100, budgetPeriod: "month" },
    { budgetCents: 500, budgetPeriod: "month" },
    { budgetCents: 100 },
    ["budgetCents"],
  ],
  [{ budgetCents: 100, budgetPeriod: "month" }, { budgetCents: 500, budgetPeriod: "day" }, { budgetCents: 500 }, []],
  [{ budgetCents: 100, budgetPeriod: "month" }, { budgetCents: 500 }, { budgetCents: 500 }, []],
  [{ budgetCents: 100 }, { budgetCents: 500, budgetPeriod: "day" }, { budgetCents: 100 }, ["budgetCents"]],
  [{ scopes: ["a", "b"] }, { scopes: ["b", "c"] }, { scopes: ["b"] }, ["scopes"]],
  [{ scopes: ["a", "b"] }, { scopes: ["b", "b", "a"] }, { scopes: ["b", "b", "a"] }, []],
  [{ scopes: ["a", "b"] }, { scopes: null }, { scopes: ["a", "b"] }, []],
  [{ scopes: ["a", "b"] }, { scopes: ["admin"] }, { scopes: ["a", "b"] }, ["scopes"]],
  [{ scopes: ["admin", "a"] }, { scopes: ["z"] }, { scopes: ["z"] }, []],
  [{ scopes: ["a"] }, { scopes: ["b"] }, { scopes: [] }, ["scopes"]],
  [{ scopes: [] }, {}, { scopes: [] }, []],
  [{}, { scopes: ["z"] }, { scopes: ["z"] }, []],
  [{ expiresIn: "1h" }, {}, { expiresAt: null }, []],
  [{ expiresIn: "1h" }, { expiresIn: "1d" }, { expiresAt: IN_1H }, ["expiresAt"]],
  [{ expiresIn: "1d" }, { expiresIn: "1h" }, { expiresAt: IN_1H }, []],
  [
    { expiresIn: "1h", scopes: ["a"], budgetCents: 1 },
    { expiresIn: "1d", scopes: ["b"], budgetCents: 2 },
    { expiresAt: IN_1H, scopes: [], budgetCents: 1 },
    ["scopes", "budgetCents", "expiresAt"],
  ],
];

for (const [above, asked, gets, clamped] of clamps) {
  test(`a child of ${JSON.stringify(above)} that asks ${JSON.stringify(asked)}`, async () => {
    const { child, root, mint } = await mintPair(above, asked);
    for (const [name, value] of Object.entries(gets)) assert.deepEqual(child[name], value, name);
    assert.deepEqual(child.clamped, clamped);
    assert.deepEqual([child.parentId, child.path], [root.id, `${root.id}/${child.id}`]);
    const strict = mint({ ...asked, onExceed: "reject" });
    if (clamped.length === 0) assert.deepEqual((await strict).clamped, []);
    else
      await assert.rejects(strict, (error) => error instanceof KeyrailError && error.code === "grant_exceeds_parent");
  });
}

test("a grandchild is cut by every ancestor of its period, not only by its parent", async () => {
  const { ak, root } = await mintPair({ budgetCents: 100 });
  const middle = await ak.create({ accountId: "acme", parent: { id: root.id } });
  const child = await ak.create({ accountId: "acme", parent: { key: middle.key }, budgetCents: 500 });
  assert.deepEqual([child.budgetCents, child.clamped], [100, ["budgetCents"]]);
});

test("scopes are intersected over the chain at read; validate shows the effective ones", async () => {
  const { ak, root, mint } = await mintPair({ scopes: ["a", "b", "c"], expiresIn: "1d" });
  const child = await mint({ scopes: ["b", "c"], expiresIn: "1h" });
  const grand = await ak.create({ accountId: "acme", parent: { id: child.id }, scopes: ["c", "a"] });
  const valid = await ak.validate(grand.key);
  assert.deepEqual([valid.scopes, valid.expiresAt], [["c"], IN_1H]);
  assert.equal(ak.hasScope(valid, "c"), true);
  assert.equal(ak.hasScope(valid, "a"), false);
  assert.equal(ak.hasScope(await ak.validate(root.key), "a"), true);
});

test("the whole subtree's spend counts against each ancestor, and the binding is named", async () => {
  const { ak, root, mint } = await mintPair({ budgetCents: 100 });
  const [one, two] = [await mint({ budgetCents: 80 }), await mint({ budgetCents: 80 })];
  assert.equal((await ak.trackUsage(one.key, { costCents: 70 })).success, true);
  assert.deepEqual(await ak.trackUsage(two.key, { costCents: 31 }), {
    success: false,
    reason: "budget_exceeded",
    binding: {
      id: root.id,
      path: String(root.id),
      limitCents: 100,
      usedCents: 70,
      heldCents: 0,
      requestedCents: 31,
      period: null,
      windowStart: iso(START),
      resetAt: null,
    },
  });
  const own = await ak.trackUsage(one.key, { costCents: 11 });
  assert.deepEqual([own.binding.id, own.binding.path, own.binding.limitCents], [one.id, one.path, 80]);
  assert.equal((await ak.trackUsage(two.key, { costCents: 30 })).success, true);
  assert.deepEqual(await money(ak, { id: root.id }), [100, 0, 0]);
  const spent = await ak.validate(two.key);
  assert.deepEqual([spent.valid, spent.reason, spent.binding.id], [false, "budget_exceeded", root.id]);
});

test("a refusal leaves no trace anywhere on the chain", async () => {
  const { ak, root, mint } = await mintPair({ budgetCents: 100 });
  const child = await mint({ budgetCents: 10 });
  await ak.reserve(child.key, { costCents: 11 });
  await ak.trackUsage(child.key, { costCents: 11 });
  assert.deepEqual(await money(ak, { id: root.id }), [0, 0, 100]);
  assert.deepEqual(await money(ak, { id: child.id }), [0, 0, 10]);
});

test("headroom is the least remaining over the chain; without caps there is none", async () => {
  const { ak, root, mint } = await mintPair({});
  const child = await mint({ budgetCents: 50 });
  const grand = await ak.create({ accountId: "acme", parent: { id: child.id }, budgetCents: 40 });
  assert.equal(await ak.headroom({ id: root.id }), null);
  assert.equal((await ak.headroom({ key: grand.key })).id, grand.id);
  await ak.reserve(child.key, { costCents: 15 });
  const least = await ak.headroom({ id: grand.id });
  assert.deepEqual([least.id, least.remainingCents, least.heldCents], [child.id, 35, 15]);
});

test("budgets show the chain root first, also while it is blocked", async () => {
  const { ak, root, mint, clock } = await mintPair({ budgetCents: 100, expiresIn: "1h" });
  const child = await mint({ budgetCents: 60 });
  await ak.trackUsage(child.key, { costCents: 60 });
  const shown = async () => (await ak.budgets({ key: child.key })).map(({ path, usedCents }) => [path, usedCents]);
  const expected = [
    [root.path, 60],
    [child.path, 60],
  ];
  assert.deepEqual(await shown(), expected, "spent");
  clock.now += DAY;
  assert.deepEqual(await shown(), expected, "expired");
  await ak.revoke(root.id);
  assert.deepEqual(await shown(), expected, "revoked");
});

test("reasons come in their order: revoked, ancestor_revoked, expired, ancestor_expired, budget_exceeded", async () => {
  const { ak, root, mint, clock } = await mintPair({ budgetCents: 100, expiresIn: "2h" });
  const child = await mint({ expiresIn: "1h" });
  const later = await mint({});
  const reasons = async (key) => [(await ak.validate(key)).reason, (await ak.reserve(key, { costCents: 1 })).reason];
  await ak.trackUsage(child.key, { costCents: 100 });
  assert.deepEqual(await reasons(child.key), ["budget_exceeded", "budget_exceeded"]);
  clock.now = START + HOUR - 1;
  assert.deepEqual(await reasons(child.key), ["budget_exceeded", "budget_exceeded"]);
  clock.now += 1;
  assert.deepEqual(await reasons(child.key), ["expired", "expired"], "at its very instant a key is expired");
  clock.now = START + 2 * HOUR;
  assert.deepEqual(await reasons(child.key), ["expired", "expired"]);
  assert.deepEqual(
    await reasons(later.key),
    ["ancestor_expired", "ancestor_expired"],
    "what asked nothing ends with its parent",
  );
  await ak.revoke(root.id);
  assert.deepEqual(await reasons(child.key), ["ancestor_revoked", "ancestor_revoked"]);
  await ak.revoke(child.id);
  assert.deepEqual(await reasons(child.key), ["revoked", "revoked"]);
  assert.deepEqual(await reasons(root.key), ["revoked", "revoked"]);
});

test("an ancestor that ends sooner than a child was promised ends the child", async () => {
  const { ak, store, root, mint } = await mintPair({ expiresIn: "1d" });
  const child = await mint({ expiresIn: "2h" });
  await edit(store, root.id, { expiresAt: START });
  assert.deepEqual(await ak.validate(child.key), { valid: false, reason: "ancestor_expired" });
  assert.equal((await ak.reserve(child.key, { costCents: 1 })).reason, "ancestor_expired");
  assert.equal((await ak.trackUsage(child.key, { costCents: 1 })).success, true);
  assert.equal((await ak.validate(root.key)).reason, "expired");
});

test("an expired key is charged for started work, a revoked one is not", async () => {
  const { ak, root, mint, clock } = await mintPair({ expiresIn: "1h" });
  const child = await mint({});
  clock.now += DAY;
  assert.equal((await ak.trackUsage(child.key, { costCents: 5 })).success, true);
  await ak.revoke(root.id);
  assert.deepEqual(await ak.trackUsage(child.key, { costCents: 5 }), { success: false, reason: "invalid_key" });
  assert.deepEqual(await ak.trackUsage(child.key, { costCents: 5, overdraft: true }), {
    success: false,
    reason: "invalid_key",
  });
});

test("revoke is told once, and asks for the owner only where one is given", async () => {
  const { ak } = newWorld();
  const revoked = async (...owner) => {
    const { id } = await ak.create({ accountId: 7 });
    return [await ak.revoke(id, ...owner), await ak.revoke(id, ...owner)];
  };
  assert.deepEqual(await revoked(), [true, false]);
  assert.deepEqual(await revoked(null), [true, false]);
  assert.deepEqual(await revoked("7"), [true, false]);
  assert.deepEqual(await revoked(7), [true, false]);
  assert.deepEqual(await revoked("8"), [false, false]);
  assert.deepEqual(await revoked(""), [false, false]);
  assert.equal(await ak.revoke(999_999), false);
});

test("revokeTree marks a key and all below it, and counts what it marked", async () => {
  const { ak, root, mint } = await mintPair({});
  const top = await mint({ name: "top" });
  const below = await Promise.all(
    Array.from({ length: 12 }, () => ak.create({ accountId: "acme", parent: { id: top.id } })),
  );
  const deep = await ak.create({ accountId: "acme", parent: { id: below[3].id } });
  const beside = await mint({});
  await ak.revoke(below[0].id);
  assert.deepEqual(await ak.revokeTree({ id: top.id }), { revoked: 13 });
  assert.deepEqual(await ak.revokeTree({ key: top.key }), { revoked: 0 });
  assert.equal((await ak.validate(deep.key)).reason, "revoked");
  assert.equal((await ak.validate(beside.key)).valid, true);
  assert.equal((await ak.validate(root.key)).valid, true);
  const nodes = await ak.subtree({ id: root.id });
  assert.deepEqual(
    nodes.filter(({ revoked }) => !revoked).map(({ id }) => id),
    [root.id, beside.id],
  );
});

test("subtree gives each node's place; siblings whose path only begins alike are not below", async () => {
  const { ak, root, mint } = await mintPair({ name: "org" });
  const kids = [];
  for (let made = 0; made < 20; made += 1) kids.push(await mint({ name: `kid ${made}` }));
  const grand = await ak.create({ accountId: "acme", parent: { id: kids[0].id }, name: "grand" });
  // `1/2` is not above `1/20`.
  assert.deepEqual(await ak.subtree({ id: kids[0].id }), [
    { id: kids[0].id, parentId: root.id, path: kids[0].path, depth: 1, name: "kid 0", revoked: false },
    { id: grand.id, parentId: kids[0].id, path: grand.path, depth: 2, name: "grand", revoked: false },
  ]);
  assert.equal((await ak.subtree({ id: root.id })).length, 22);
});

test("an unknown ref is not_found, and a parent that may not mint says why", async () => {
  const { ak, root, mint, clock } = await mintPair({ expiresIn: "1h" });
  const code = (wanted) => (error) => error instanceof KeyrailError && error.code === wanted;
  for (const ref of [{ id: 4_711 }, { subject: "nobody" }, { key: "ak_nobody" }]) {
    await assert.rejects(ak.budgets(ref), code("not_found"));
    await assert.rejects(ak.headroom(ref), code("not_found"));
    await assert.rejects(ak.subtree(ref), code("not_found"));
    await assert.rejects(ak.revokeTree(ref), code("not_found"));
    await assert.rejects(ak.setBudget(ref, { budgetCents: 1 }), code("not_found"));
    await assert.rejects(ak.create({ accountId: "acme", parent: ref }), code("not_found"));
    await assert.rejects(ak.ensureSubject("child", { parent: ref }), code("not_found"));
  }
  clock.now += 2 * HOUR;
  await assert.rejects(mint({}), code("expired"));
  await ak.revoke(root.id);
  await assert.rejects(mint({}), code("revoked"));
});

test("setBudget: what was spent and held stays; a lower cap admits nothing until it fits again", async () => {
  const { ak, root } = await mintPair({ budgetCents: 100 });
  await ak.trackUsage(root.key, { costCents: 60 });
  const { hold } = await ak.reserve(root.key, { costCents: 30 });
  const lowered = await ak.setBudget({ id: root.id }, { budgetCents: 50 });
  assert.deepEqual([lowered.limitCents, lowered.usedCents, lowered.heldCents, lowered.remainingCents], [50, 60, 30, 0]);
  assert.equal((await ak.reserve(root.key, { costCents: 0, atLeastCents: 0 })).reason, "budget_exceeded");
  assert.deepEqual(await ak.settle(hold.id, { costCents: 20 }), {
    success: true,
    costCents: 20,
    overdraftCents: 0,
    late: false,
  });
  await ak.setBudget({ id: root.id }, { budgetCents: 80 });
  assert.equal((await ak.reserve(root.key, { costCents: 1 })).success, false);
  await ak.setBudget({ id: root.id }, { budgetCents: null });
  assert.equal((await ak.reserve(root.key, { costCents: 8_000 })).success, true);
  await ak.setBudget({ id: root.id }, {});
  assert.deepEqual(await money(ak, { id: root.id }), [80, 8_000, null]);
});
