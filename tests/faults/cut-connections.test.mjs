// Connections to Postgres that are cut before, during and after a commit.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { PostgresServer } from "../servers/postgres.mjs";
import { audit, kindsOf } from "./audit.mjs";
import { postgresPlace } from "./engines.mjs";
import { chargeOnce, checkBooks, guardedApp } from "./guarded.mjs";
import { startProxy } from "./proxy.mjs";
import { said } from "./report.mjs";

const LINES = 8;
const STEPS = 12;

const server = await PostgresServer.start();
after(() => server.remove());

/** A guarded app whose way to the server can be cut. */
async function cutWorld(t) {
  const proxy = await startProxy(server.port);
  const place = await postgresPlace(server);
  const world = await guardedApp(t, { ...place, url: server.url.replace(`:${server.port}/`, `:${proxy.port}/`) });
  t.after(async () => {
    proxy.close();
    await world.close();
  });
  const root = await world.ak.create({ accountId: "acme", budgetCents: 1_000_000 });
  const { key } = await world.ak.create({ accountId: "acme", parent: { id: root.id } });
  return { ...world, proxy, root, key, tally: { acknowledged: new Map(), faults: 0 } };
}

for (const how of ["before", "during", "after"]) {
  test(`every third commit is cut ${how} it: each charge counts once, and every call is paid for`, async (t) => {
    const { ak, store, call, seen, proxy, root, key, tally } = await cutWorld(t);
    let commits = 0;
    proxy.cut = (isCommit) => {
      commits += Number(isCommit);
      return isCommit && commits % 3 === 0 ? how : undefined;
    };
    const line = async (number) => {
      for (let step = 0; step < STEPS; step += 1) {
        if (step % 3 === 2) await call(key);
        else await chargeOnce(ak, key, `${number}-${step}`, 1 + (step % 4), tally);
      }
    };
    await Promise.all(Array.from({ length: LINES }, (_, number) => line(number)));
    proxy.cut = () => undefined;
    const entries = await audit(store, root.id, Date.now());
    checkBooks(entries, tally, seen);
    assert.ok(proxy.cuts > 2, "connections were cut");
    const counts = { cuts: proxy.cuts, ...kindsOf(entries), "calls let through": seen.ran, faults: tally.faults };
    t.diagnostic(said(`cut ${how} a commit`, counts));
  });

  test(`every commit is cut ${how} it: 500 until it heals, then the repeated charge counts once`, async (t) => {
    const { ak, store, call, seen, proxy, root, key, tally } = await cutWorld(t);
    assert.equal(await call(key), 200);
    proxy.cut = (isCommit) => (isCommit ? how : undefined);
    // After the commit the entry is there, and reads still work: the answer is found by its command.
    const expected = how === "after" ? 200 : 500;
    assert.deepEqual([await call(key), await call(key)], [expected, expected]);
    const charging = chargeOnce(ak, key, "one", 5, tally);
    if (how !== "after") setTimeout(() => (proxy.cut = () => undefined), 400);
    await charging;
    proxy.cut = () => undefined;
    await chargeOnce(ak, key, "one", 5, tally);
    checkBooks(await audit(store, root.id, Date.now()), tally, seen);
  });
}

test("everything is cut: nobody is let through, nobody is told that his budget is spent", async (t) => {
  const { ak, store, call, seen, proxy, root, key, tally } = await cutWorld(t);
  assert.equal(await call(key), 200);
  proxy.cut = () => "before";
  for (const socket of proxy.sockets) socket.destroy();
  const statuses = await Promise.all(Array.from({ length: 20 }, () => call(key)));
  assert.deepEqual(new Set(statuses), new Set([500]));
  await assert.rejects(ak.validate(key), { code: "store_unavailable" });
  proxy.cut = () => undefined;
  assert.equal(await call(key), 200);
  checkBooks(await audit(store, root.id, Date.now()), tally, seen);
});
