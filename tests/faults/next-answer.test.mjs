// What somebody changes counts in the very next answer of another process, however busy its tree is.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { AgentKey } from "keyrail";
import { audit, nodesOf } from "./audit.mjs";
import { DURABLE, endPlaces, newPlace, openStore } from "./engines.mjs";
import { startAll } from "./fleet.mjs";

const IN_FLIGHT = 64;
const TURNS = 2;

after(endPlaces);

/** An app in another process, a spent tree, and 64 calls on it that are always under way there. */
async function busyWorld(t, engine) {
  const place = await newPlace(engine);
  const { store, pool, close } = await openStore(place);
  const ak = new AgentKey({ store });
  const [app] = await startAll([{ place }]);
  const root = await ak.create({ accountId: "acme", budgetCents: 10 });
  const own = await ak.create({ accountId: "acme", parent: { id: root.id } });
  const busy = await ak.create({ accountId: "acme", parent: { id: root.id } });
  assert.equal((await ak.trackUsage(own.key, { costCents: 10 })).success, true);
  const world = { ak, store, pool, app, root, own, table: place.tableName, isOver: false };
  // Denied or admitted: each looks at the tree; the amount is too small to be in the way.
  const hammer = async () => {
    while (!world.isOver) await app.ask("/charge", { key: busy.key, costCents: 0.000001 });
  };
  const hammering = Array.from({ length: IN_FLIGHT }, hammer);
  t.after(async () => {
    world.isOver = true;
    await Promise.all(hammering);
    await app.kill();
    await close();
  });
  world.charge = async (costCents) => (await app.ask("/charge", { key: own.key, costCents })).body;
  world.validate = async () => (await app.ask("/validate", { key: own.key })).body;
  world.rest = async () => {
    world.isOver = true;
    await Promise.all(hammering);
  };
  return world;
}

/** Again and again: a change here, and the answer there. */
async function severalTimes(step) {
  for (let turn = 1; turn <= TURNS; turn += 1) await step(turn);
}

for (const engine of DURABLE) {
  test(`${engine}: a cap raised and lowered in one process is another's next answer, also while busy`, async (t) => {
    const { ak, store, root, charge, validate, rest } = await busyWorld(t, engine);
    await severalTimes(async (turn) => {
      assert.equal((await validate()).reason, "budget_exceeded");
      await ak.setBudget({ id: root.id }, { budgetCents: 10 + turn * 10 });
      assert.equal((await validate()).valid, true);
      const answer = await charge(5);
      assert.equal(answer.success, true, JSON.stringify(answer));
      await ak.setBudget({ id: root.id }, { budgetCents: 1 });
      assert.equal((await charge(0.5)).reason, "budget_exceeded");
    });
    await rest();
    await audit(store, root.id, Date.now());
  });

  test(`${engine}: a revoked key is refused by another process at once, also while its tree is busy`, async (t) => {
    const { ak, store, root, app, rest } = await busyWorld(t, engine);
    await ak.setBudget({ id: root.id }, { budgetCents: 1_000 });
    await severalTimes(async () => {
      const child = await ak.create({ accountId: "acme", parent: { id: root.id } });
      const grandchild = await ak.create({ accountId: "acme", parent: { id: child.id } });
      const ask = async (path, { key }) => (await app.ask(path, { key, costCents: 1 })).body;
      assert.equal((await ask("/charge", grandchild)).success, true);
      assert.equal(await ak.revoke(child.id), true);
      assert.equal((await ask("/charge", grandchild)).reason, "invalid_key");
      assert.equal((await ask("/reserve", grandchild)).reason, "ancestor_revoked");
      assert.equal((await ask("/validate", child)).reason, "revoked");
    });
    await rest();
    await audit(store, root.id, Date.now());
  });
}

test("postgres: rows edited with SQL are another process's next answer, also while their tree is busy", async (t) => {
  const { store, pool, root, own, charge, validate, table, rest } = await busyWorld(t, "postgres");
  const edit = (id, columns) => pool.query(`UPDATE ${table} SET ${columns} WHERE id = ${id}`);
  await severalTimes(async () => {
    await edit(root.id, "budget_cents = 1000");
    assert.equal((await charge(1)).success, true, "a cap raised");
    await edit(root.id, "budget_used_cents = 1000");
    const spent = await charge(1);
    assert.deepEqual([spent.reason, spent.binding?.id], ["budget_exceeded", root.id], "spent elsewhere");
    await edit(root.id, "budget_used_cents = 3");
    assert.equal((await charge(1)).success, true, "given back");
    await edit(own.id, "revoked_at = now()");
    assert.equal((await validate()).reason, "revoked");
    await edit(own.id, "revoked_at = NULL, expires_at = now() - interval '1 s'");
    assert.equal((await validate()).reason, "expired");
    await edit(own.id, "expires_at = NULL, scopes = ARRAY['only']");
    assert.deepEqual((await validate()).scopes, ["only"]);
    await edit(own.id, "scopes = NULL, budget_cents = 0");
    assert.equal((await charge(1)).binding.id, own.id, "a cap set to nothing");
    await edit(own.id, "budget_cents = NULL");
    await edit(root.id, "budget_cents = 4");
  });
  await rest();
  await audit(
    store,
    root.id,
    Date.now(),
    new Map([
      [root.id, 1_000_000_000],
      [own.id, null],
    ]),
  );
  const [top] = await nodesOf(store, root.id);
  assert.equal(top.edited, null);
});
