// Moving from agentkey as the example's README tells it: the old app, the new one beside it, then
// the new one alone with its money held first. Each is a process of its own on one real Postgres.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { PostgresServer } from "../servers/postgres.mjs";
import { startApp } from "./example-app.mjs";

const EXAMPLE = new URL("../../examples/express-postgres/", import.meta.url);
const read = (name) => readFileSync(new URL(name, EXAMPLE), "utf8");
const BEFORE = /^```js\n([\s\S]*?)^```$/m.exec(read("README.md"))[1];
const STAND_IN = new URL("agentkey-stand-in.mjs", import.meta.url).href;

const server = await PostgresServer.start({ fsync: "off" });
const pool = new pg.Pool({ connectionString: server.url });
const apps = [];
after(async () => {
  for (const app of apps) app.kill("SIGKILL");
  await pool.end();
  await server.remove();
});

/** Starts an app, and gives a way to ask it and one to end it. */
async function start(input) {
  const options = { cwd: fileURLToPath(EXAMPLE), env: { DATABASE_URL: server.url } };
  const { app, ask: askAll } = await startApp(input, (app) => apps.push(app), options);
  const ask = async (...question) => {
    const { status, body } = await askAll(...question);
    return { status, body };
  };
  const stop = async (signal) => {
    app.kill(signal);
    const [code] = await once(app, "close");
    return code;
  };
  return { ask, stop };
}

const TEN_WORDS = { text: "word ".repeat(10) };
const usedBy = async (app, key) => (await app.ask("GET", "/sdk-keys/me", key)).body.budgetUsedCents;

test("examples/express-postgres: one import is all that differs between the README's app and moved.mjs", () => {
  assert.equal(BEFORE.replace('"agentkey"', '"keyrail/express"'), read("moved.mjs"));
  assert.notEqual(BEFORE, read("moved.mjs"));
});

test("examples/express-postgres: the README's changes are those of the files", () => {
  const files = { "-": BEFORE + read("moved.mjs"), "+": read("moved.mjs") + read("server.mjs") };
  const changes = [...read("README.md").matchAll(/^```diff\n([\s\S]*?)^```$/gm)].flatMap(([, diff]) =>
    diff.split("\n"),
  );
  assert.ok(changes.filter((line) => line.startsWith("+")).length >= 4);
  for (const [sign, ...rest] of changes) {
    if (sign in files) assert.ok(files[sign].split("\n").includes(rest.join("")), sign + rest.join(""));
  }
});

test("examples/express-postgres: the old app and the new one share keys, then none runs unpaid", {
  timeout: 60_000,
}, async () => {
  const old = await start(["--input-type=module", "-e", BEFORE.replace('"agentkey"', JSON.stringify(STAND_IN))]);
  const signup = await old.ask("POST", "/signup", undefined, { email: "ann@example.org", budget_cents: 100 });
  const { key, id } = signup.body;
  const translated = await old.ask("POST", "/translate", key, { text: "one two three" });
  assert.deepEqual(translated, { status: 200, body: { text: "eno owt eerht", costCents: 1.5 } });
  assert.equal(await usedBy(old, key), 2, "agentkey rounds up");

  const moved = await start(["moved.mjs"]);
  assert.equal(await usedBy(moved, key), 2);
  const calls = Array.from({ length: 8 }, (_, index) =>
    (index % 2 === 0 ? old : moved).ask("POST", "/translate", key, TEN_WORDS),
  );
  assert.deepEqual(
    (await Promise.all(calls)).map(({ status }) => status),
    Array(8).fill(200),
  );
  assert.deepEqual([await usedBy(moved, key), await usedBy(old, key)], [42, 42]);

  const minted = await moved.ask("POST", "/sdk-keys", key, { budget_cents: 50 });
  assert.deepEqual([minted.status, minted.body.parentId], [201, id]);
  assert.equal((await old.ask("POST", "/translate", minted.body.key, TEN_WORDS)).status, 200);
  assert.equal(await usedBy(moved, minted.body.key), 5);
  assert.equal(await usedBy(moved, key), 47, "what the child spent in the old process counts on its parent");

  // The old app and the first step are gone; 53 cents are left, and a call holds 20 and costs 5.
  await Promise.all([old.stop("SIGKILL"), moved.stop("SIGKILL")]);
  const now = await start(["server.mjs"]);
  let used = 47;
  let paid;
  do {
    const crowd = Array.from({ length: 40 }, () => now.ask("POST", "/translate", key, TEN_WORDS));
    const statuses = (await Promise.all(crowd)).map(({ status }) => status);
    assert.ok(statuses.every((status) => status === 200 || status === 429));
    paid = statuses.filter((status) => status === 200).length;
    used += paid * 5;
    assert.equal(await usedBy(now, key), used);
  } while (paid > 0);
  assert.equal(used, 82, "all that leaves room for one more call is spent");
  const { rows } = await pool.query("SELECT budget_used_cents FROM sdk_api_keys WHERE id = $1", [id]);
  assert.deepEqual(rows, [{ budget_used_cents: 82 }]);
  assert.equal(await now.stop("SIGTERM"), 0);
});
