// The example app as a process of its own, used as its README says: with the real SDK, before a stub of Clerk.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import pg from "pg";
import typescript from "typescript";
import { ClerkStub } from "../clerk/stub/index.mjs";
import { PostgresServer } from "../servers/postgres.mjs";
import { startApp } from "./example-app.mjs";
import { BEFORE, linesOf, MOVED } from "./moved-clerk-app.mjs";

const EXAMPLE = fileURLToPath(new URL("../../examples/express-clerk/", import.meta.url));
const QUESTION = { question: "how much is the fish", words: 8 };
const LONG = { question: "word ".repeat(40) };

/** Starts the app on a file of its own; with no word of Clerk's it has a stub of its own. */
async function start(t, env, program = ["server.mjs"]) {
  const folder = mkdtempSync(join(tmpdir(), "keyrail-express-clerk-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const none = { CLERK_SECRET_KEY: "", CLERK_MACHINE_SECRET_KEY: "", CLERK_JWT_KEY: "", MACHINES: "" };
  const options = { cwd: EXAMPLE, env: { ...none, KEYS_FILE: join(folder, "keys.db"), ...env } };
  return startApp(program, (app) => t.after(() => app.kill("SIGKILL")), options);
}

/** The statuses of calls at once. */
const statuses = async (count, call) =>
  (await Promise.all(Array.from({ length: count }, call))).map(({ status }) => status).sort();
const one = (status) => (rest) => [status, ...rest];
const refused = (count) => Array(count).fill(429);

test("examples/express-clerk: the key and the token that it prints are good for their caps", {
  timeout: 30_000,
}, async (t) => {
  const { app, said, post } = await start(t, {});
  const [, key, token] = /API key (\S+), M2M token (\S+)/.exec(said);

  const { status, left, body } = await post("/api/chat", QUESTION, key);
  assert.deepEqual([status, body], [200, { text: "how much is the fish", costCents: 0.625 }]);
  assert.match(left, /^"budget";r=9;t=86\d{3}$/);
  assert.deepEqual(await statuses(10, () => post("/api/chat", LONG, key)), one(200)(refused(9)));

  const digest = await post("/internal/digest", QUESTION, token);
  assert.deepEqual([digest.status, digest.body.text, digest.body.costCents], [200, body.text, 0.625]);
  assert.match(digest.body.machine, /^mch_/);

  assert.deepEqual((await post("/api/chat", QUESTION)).body, { error: "Missing API key" });
  assert.deepEqual((await post("/internal/digest", QUESTION)).body, { error: "Missing M2M token" });
  assert.deepEqual((await post("/api/chat", QUESTION, token)).body, { error: "invalid_key" });
  assert.deepEqual((await post("/internal/digest", QUESTION, key)).body, { error: "invalid_token" });

  app.kill("SIGTERM");
  const [code] = await once(app, "close");
  assert.equal(code, 0);
});

/** The app before a stub that the test has in its hands. */
async function startBefore(t, CACHE_TTL = "1s") {
  const stub = await ClerkStub.start();
  t.after(() => stub.stop());
  const { CLERK_SECRET_KEY, CLERK_API_URL } = stub.env;
  const app = await start(t, { CLERK_SECRET_KEY, CLERK_API_URL, CACHE_TTL, MACHINES: stub.machineId });
  return { stub, ...app };
}

test("examples/express-clerk: the caps of key, user and organisation bind, whichever is first", {
  timeout: 30_000,
}, async (t) => {
  const { stub, post } = await startBefore(t);
  const keyOf = (user, claims = {}) => stub.addApiKey({ subject: user, claims: { org: "org_acme", ...claims } }).secret;
  const ann = keyOf("user_ann");
  const call = (key) => () => post("/api/chat", LONG, key);

  assert.deepEqual(await statuses(6, call(ann)), [200, 200, ...refused(4)], "10 cents a key");
  assert.equal((await call(ann)()).body.binding.limitCents, 10);
  const anns = keyOf("user_ann", { plan: "pro" });
  assert.deepEqual(await statuses(6, call(anns)), [200, ...refused(5)], "15 cents a user, of which 10 are spent");
  const bob = keyOf("user_bob");
  assert.deepEqual(await statuses(6, call(bob)), [200, ...refused(5)], "20 cents for all, of which 15 are spent");
  const { resetAt, ...told } = (await call(bob)()).body.binding;
  assert.deepEqual(told, { ancestor: true, period: "month", requestedCents: 0 });
  assert.equal(
    (await call(keyOf("user_cid", { org: "org_other" }))()).status,
    200,
    "somebody else's is somebody else's",
  );
});

test("examples/express-clerk: what is revoked in Clerk ends with the cache, and Clerk is asked once meanwhile", {
  timeout: 30_000,
}, async (t) => {
  const { stub, post } = await startBefore(t, "3s");
  const { id, secret } = stub.addApiKey({ subject: "user_ann" });
  const ask = () => post("/api/chat", QUESTION, secret);
  assert.deepEqual(await statuses(5, ask), Array(5).fill(200));
  stub.revokeApiKey(id);
  assert.equal((await ask()).status, 200, "what Clerk said is good for three seconds");
  assert.equal(stub.askedFor("/api_keys/verify").length, 1);
  await sleep(3_050);
  assert.deepEqual((await ask()).body, { error: "invalid_key" });
});

test("examples/express-clerk: a Clerk that cannot be asked is 503, and nothing is done for free", {
  timeout: 30_000,
}, async (t) => {
  const { stub, post } = await startBefore(t);
  const [known, fresh] = [1, 2].map(() => stub.addApiKey({ subject: "user_ann" }).secret);
  assert.equal((await post("/api/chat", QUESTION, known)).status, 200);
  for (const fault of ["500", "html", "reset", "empty-object"]) {
    const failing = stub.fail(fault);
    const { status, body } = await post("/api/chat", QUESTION, fresh);
    assert.deepEqual([status, body], [503, { error: "auth_unavailable" }], fault);
    failing.stop();
  }
  stub.fail("503");
  await sleep(1_050);
  assert.equal((await post("/api/chat", QUESTION, known)).status, 503, "what was known is no longer");
  stub.heal();
  assert.equal((await post("/api/chat", QUESTION, known)).status, 200);
});

test("examples/express-clerk: a token that it makes is good, and a machine that is not named may not call", {
  timeout: 30_000,
}, async (t) => {
  const { stub, post } = await startBefore(t);
  const { CLERK_MACHINE_SECRET_KEY, CLERK_API_URL } = stub.env;
  const env = { ...process.env, CLERK_SECRET_KEY: "", CLERK_MACHINE_SECRET_KEY, CLERK_API_URL };
  const make = async () => {
    const made = spawn(process.execPath, ["token.mjs"], { cwd: EXAMPLE, env, stdio: ["ignore", "pipe", "inherit"] });
    return (await text(made.stdout)).trim();
  };
  const token = await make();
  assert.equal(await make(), token, "it has most of an hour left");
  const stranger = stub.addToken({ machine: stub.addMachine({ name: "stranger" }).id });
  assert.equal((await post("/internal/digest", QUESTION, token)).status, 200);
  assert.deepEqual((await post("/internal/digest", QUESTION, stranger.token)).body, { error: "invalid_token" });
});

test("examples/express-clerk: two imports are all that differs between the app before and after", () => {
  const changed = (code, other) => code.split("\n").filter((line) => !other.split("\n").includes(line));
  assert.deepEqual(changed(BEFORE, MOVED), linesOf("-"));
  assert.deepEqual(changed(MOVED, BEFORE), linesOf("+"));
  assert.equal(
    [...linesOf("-"), ...linesOf("+")].every((line) => /^import .* from "[^"]+";$/.test(line)),
    true,
  );
  assert.doesNotMatch(MOVED, /katrinalaszlo/);
});

test("examples/express-clerk: the app from before runs with two imports changed, on Postgres", {
  timeout: 60_000,
}, async (t) => {
  const stub = await ClerkStub.start();
  t.after(() => stub.stop());
  const server = await PostgresServer.start({ fsync: "off" });
  const { hostname, port, username, pathname } = new URL(server.url);
  const postgres = { PGHOST: hostname, PGPORT: port, PGUSER: username, PGDATABASE: pathname.slice(1) };
  const compilerOptions = { module: "ESNext", target: "ES2022" };
  const { outputText } = typescript.transpileModule(MOVED, { compilerOptions });
  const preload = new URL("clerk-at-stub.mjs", import.meta.url).href;
  const program = ["--import", preload, "--input-type=module", "-e", outputText];
  const env = { ...postgres, ...stub.env, CLERK_STUB_URL: stub.url };
  const { post } = await start(t, env, program);
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  // After the app has ended: hooks run in the order in which they are set.
  t.after(async () => {
    await client.end();
    await server.remove();
  });

  const { secret } = stub.addApiKey({ subject: "user_ann" });
  assert.deepEqual(await post("/api/chat", LONG, secret), {
    status: 200,
    left: null,
    body: { text: LONG.question.trim() },
  });
  assert.deepEqual((await post("/api/chat", LONG)).body, { error: "Missing API key" });
  assert.deepEqual((await post("/api/chat", LONG, "nonsense")).body, { error: "invalid_key" });

  const row = "SELECT external_subject, budget_cents, budget_period, budget_used_cents FROM sdk_api_keys";
  const expected = { external_subject: "user_ann", budget_cents: 5_000, budget_period: "month", budget_used_cents: 5 };
  assert.deepEqual((await client.query(row)).rows, [expected]);
  await client.query("UPDATE sdk_api_keys SET budget_used_cents = budget_cents");
  const spent = await post("/api/chat", LONG, secret);
  assert.deepEqual([spent.status, spent.body.error], [429, "budget_exceeded"]);
  assert.deepEqual(
    stub.askedFor("/api_keys/verify").map(({ body }) => body.secret),
    [secret, "nonsense"],
  );
});
