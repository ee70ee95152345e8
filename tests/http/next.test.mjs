// What only Next.js has: what its `redirect()` and `notFound()` throw, its `params`, and where it takes work
// that outlives an answer.
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { test } from "node:test";
import { agentKey } from "keyrail/next";
import { budgetOf, newKeys, untilBudget } from "./client.mjs";

const SETTLED = { usedCents: 100, heldCents: 0 };
const FREE = { usedCents: 0, heldCents: 0 };
const REQUEST_CONTEXT = Symbol.for("@next/request-context");

/** A guarded route on a cap of 1,000 with 100 reserved, and one call of it. */
async function newRoute(handle, options = {}) {
  const { ak, notices } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 1_000 });
  const route = agentKey(ak, { reserve: 100, ...options })(handle);
  const headers = { authorization: `Bearer ${key}` };
  const context = { params: Promise.resolve({ id: "7" }) };
  return {
    ak,
    key,
    notices,
    context,
    call: () => route(new Request("http://localhost/", { headers }), context),
    until: (expected) => untilBudget(ak, key, expected),
  };
}

test("params stand beside what is known of the caller, and Next's own context stays as it was", async () => {
  let seen;
  const { call, context } = await newRoute(async (_request, given) => {
    seen = given;
    return Response.json(await given.params);
  });
  assert.deepEqual(await (await call()).json(), { id: "7" });
  assert.deepEqual(Object.keys(seen).sort(), ["agentKey", "agentKeyHold", "params"]);
  assert.deepEqual(Object.keys(context), ["params"]);
});

for (const [name, digest, status] of [
  ["redirect()", "NEXT_REDIRECT;replace;/elsewhere;307;", 307],
  ["permanentRedirect() to an address with semicolons", "NEXT_REDIRECT;replace;/a;b=1;200;308;", 308],
  ["redirect() of another shape", "NEXT_REDIRECT;replace;/elsewhere", 307],
  ["notFound()", "NEXT_HTTP_ERROR_FALLBACK;404", 404],
  ["forbidden()", "NEXT_HTTP_ERROR_FALLBACK;403", 403],
  ["notFound() of Next 14", "NEXT_NOT_FOUND", 404],
  ["an error with a digest of React's", "1234567890", 500],
  ["a signal of Next's that is none of these", "DYNAMIC_SERVER_USAGE", 500],
]) {
  test(`${name}: thrown on to Next, and counted as ${status}`, async () => {
    const thrown = Object.assign(new Error("signal"), { digest });
    const handle = () => {
      throw thrown;
    };
    const asked = await newRoute(handle, { unsettled: (_request, response) => response.status });
    await assert.rejects(asked.call(), (error) => error === thrown);
    await asked.until({ usedCents: status, heldCents: 0 });
    const byDefault = await newRoute(handle);
    await assert.rejects(byDefault.call(), (error) => error === thrown);
    await byDefault.until(status < 500 ? SETTLED : FREE);
  });
}

for (const thrown of [null, undefined, "text", { digest: 7 }, { digest: "NEXT_HTTP_ERROR_FALLBACK;9999" }]) {
  test(`a thrown ${JSON.stringify(thrown)} reaches Next as it is`, async () => {
    const { call, until } = await newRoute(() => Promise.reject(thrown));
    const outcome = await call().then(
      () => "answered",
      (error) => ({ error }),
    );
    assert.deepEqual(outcome, { error: thrown });
    await until(thrown?.digest === "NEXT_HTTP_ERROR_FALLBACK;9999" ? SETTLED : FREE);
  });
}

test("a handler that gives nothing is Next's own fault: released, and Next is given nothing", async () => {
  const { call, until } = await newRoute(async () => undefined);
  assert.equal(await call(), undefined);
  await until(FREE);
});

test("the platform's waitUntil, of the request that is being handled, carries the settling", async (t) => {
  const contexts = new AsyncLocalStorage();
  globalThis[REQUEST_CONTEXT] = { get: () => contexts.getStore() };
  t.after(() => delete globalThis[REQUEST_CONTEXT]);
  class Context {
    work = [];
    waitUntil(promise) {
      this.work.push(promise);
    }
  }
  const own = new Context();
  const another = new Context();
  const { ak, key, call } = await newRoute(() => Response.json({}));
  const response = await contexts.run(own, call);
  await contexts.run(another, () => response.text());
  assert.deepEqual([own.work.length > 0, another.work.length], [true, 0]);
  await Promise.all(own.work);
  assert.deepEqual(await budgetOf(ak, key), SETTLED);
});

for (const [name, contexts] of [
  ["gives no context", { get: () => undefined }],
  ["gives a context that takes no work", { get: () => ({}) }],
]) {
  test(`a platform that ${name} fails no request`, async (t) => {
    globalThis[REQUEST_CONTEXT] = contexts;
    t.after(() => delete globalThis[REQUEST_CONTEXT]);
    const { call, until } = await newRoute(() => new Response("text"));
    assert.equal(await (await call()).text(), "text");
    await until(SETTLED);
  });
}
