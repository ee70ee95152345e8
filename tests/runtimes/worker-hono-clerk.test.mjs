// The example of a Worker behind Clerk in workerd: the real SDK there, before a stub of Clerk here.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ClerkStub } from "../clerk/stub/index.mjs";
import { startWorker } from "./workerd.mjs";

const QUESTION = { question: "how much is the fish", words: 8 };
const LONG = { question: "word ".repeat(40) };
const VERIFY = "/api_keys/verify";

/** The Worker before a stub. */
async function start(t, CACHE_TTL) {
  const stub = await ClerkStub.start();
  t.after(() => stub.stop());
  const { CLERK_SECRET_KEY, CLERK_API_URL, CLERK_TELEMETRY_DISABLED } = stub.env;
  const bindings = { CLERK_SECRET_KEY, CLERK_API_URL, CLERK_TELEMETRY_DISABLED, CACHE_TTL, MACHINES: stub.machineId };
  const worker = await startWorker("../../examples/worker-hono-clerk/worker.mjs", { bindings });
  t.after(() => worker.dispose());
  const base = await worker.ready;
  const post = async (path, body, credential) => {
    const headers = {
      "content-type": "application/json",
      ...(credential && { authorization: `Bearer ${credential}` }),
    };
    const answer = await fetch(new URL(path, base), { method: "POST", headers, body: JSON.stringify(body) });
    return { status: answer.status, headers: answer.headers, body: await answer.json() };
  };
  const atOnce = async (count, call) => (await Promise.all(Array.from({ length: count }, call))).map((a) => a.status);
  return { stub, post, atOnce, base };
}

test("examples/worker-hono-clerk: caps of a key and of its user, with one question to Clerk a key", {
  timeout: 60_000,
}, async (t) => {
  const { stub, post, atOnce } = await start(t, "60s");
  const { secret } = stub.addApiKey({ subject: "user_ann" });
  const first = await atOnce(20, () => post("/chat", LONG, secret));
  assert.deepEqual(first.sort(), [200, 200, ...Array(18).fill(429)], "10 cents are two answers");
  assert.equal(stub.askedFor(VERIFY).length, 1, "20 first requests at once");

  const second = stub.addApiKey({ subject: "user_ann" });
  const { status, headers, body } = await post("/chat", QUESTION, second.secret);
  assert.deepEqual([status, body], [200, { text: "how much is the fish", costCents: 0.625 }]);
  assert.match(headers.get("ratelimit"), /^"budget";r=9;t=\d+$/);
  const refused = await post("/chat", LONG, second.secret);
  assert.deepEqual([refused.status, refused.body.binding.ancestor], [429, true], "4.375 of the user's are left");
  assert.equal(stub.askedFor(VERIFY).length, 2);

  const { token } = stub.addToken();
  const digest = await post("/internal/digest", QUESTION, token);
  assert.deepEqual([digest.status, digest.body.machine], [200, stub.machineId]);
  const stranger = stub.addToken({ machine: stub.addMachine({ name: "stranger" }).id });
  assert.deepEqual((await post("/internal/digest", QUESTION, stranger.token)).body, { error: "invalid_token" });
});

test("examples/worker-hono-clerk: bad keys are 401, a Clerk that is down is 503, a revoked key ends with the cache", {
  timeout: 60_000,
}, async (t) => {
  const { stub, post, atOnce } = await start(t, "1s");
  const { id, secret } = stub.addApiKey({ subject: "user_ann" });
  for (const [credential, error] of [
    [undefined, "Missing API key"],
    ["nonsense", "invalid_key"],
    [stub.addToken().token, "invalid_key"],
    [stub.addApiKey({ revoked: true }).secret, "invalid_key"],
  ]) {
    const { status, body } = await post("/chat", QUESTION, credential);
    assert.deepEqual([status, body], [401, { error }], error);
  }
  for (const fault of ["500", "html", "reset", "empty-object", "truncated"]) {
    const failing = stub.fail(fault);
    const { status, body } = await post("/chat", QUESTION, secret);
    assert.deepEqual([status, body], [503, { error: "auth_unavailable" }], fault);
    failing.stop();
  }
  const hanging = stub.fail("hang");
  assert.deepEqual(await atOnce(3, () => post("/chat", QUESTION, secret)), [503, 503, 503], "each waits 3 s at most");
  hanging.stop();

  assert.equal((await post("/chat", QUESTION, secret)).status, 200);
  stub.revokeApiKey(id);
  await sleep(1_100);
  assert.deepEqual((await post("/chat", QUESTION, secret)).body, { error: "invalid_key" });
});

test("examples/worker-hono-clerk: whoever waits for another's question is answered, also when that one leaves", {
  timeout: 60_000,
}, async (t) => {
  const { stub, post, base } = await start(t, "60s");
  const { secret } = stub.addApiKey({ subject: "user_ann" });
  const held = stub.fail("held", { times: 1 });
  const leaving = new AbortController();
  const headers = { "content-type": "application/json", authorization: `Bearer ${secret}` };
  const body = JSON.stringify(QUESTION);
  const first = fetch(new URL("/chat", base), { method: "POST", headers, body, signal: leaving.signal });
  first.catch(() => {});
  await held.caught;
  const waiting = Array.from({ length: 5 }, () => post("/chat", QUESTION, secret));
  await sleep(100);
  leaving.abort();
  await sleep(100);
  held.release();
  const statuses = (await Promise.all(waiting)).map(({ status }) => status);
  assert.ok(
    statuses.every((status) => status === 200 || status === 503),
    statuses.join(),
  );
  assert.equal((await post("/chat", QUESTION, secret)).status, 200);
});
