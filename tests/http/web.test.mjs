// What only web requests and responses have: contexts that outlive an answer, answers that cannot be changed,
// upgrades, and bodies that nobody reads.
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { withAgentKey } from "keyrail/fetch";
import { budgetOf, listen, newKeys, untilBudget } from "./client.mjs";

const HELD = { usedCents: 0, heldCents: 100 };
const SETTLED = { usedCents: 100, heldCents: 0 };

/** A guarded handler on a cap of 1,000 with 100 reserved, and one request for it. */
async function guarded(handle, options = {}, init = {}) {
  const { ak, notices } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 1_000 });
  const headers = { authorization: `Bearer ${key}` };
  const request = new Request("http://localhost/", { headers, ...init });
  const fetch = withAgentKey(handle, ak, { reserve: 100, ...options });
  return { ak, key, notices, request, fetch, budget: () => budgetOf(ak, key) };
}

/** An execution context like a Worker's. */
function newContext() {
  const work = [];
  return { work, waitUntil: (promise) => work.push(promise) };
}

test("the platform's arguments follow in their order", async () => {
  const env = { name: "production" };
  const ctx = newContext();
  const handle = (request, { agentKey, agentKeyHold }, ...platform) => {
    assert.deepEqual(platform, [env, ctx]);
    assert.equal(agentKeyHold.costCents, 100);
    return Response.json([request.method, agentKey.accountId]);
  };
  const { fetch, request } = await guarded(handle);
  assert.deepEqual(await (await fetch(request, env, ctx)).json(), ["GET", "acme"]);
});

test("without reserve there is no hold, and the answer is the handler's own", async () => {
  const { ak } = newKeys();
  const { key } = await ak.create({ accountId: "acme" });
  const given = new Response("text");
  const fetch = withAgentKey((_request, context) => {
    assert.deepEqual(Object.keys(context), ["agentKey"]);
    return given;
  }, ak);
  assert.equal(await fetch(new Request("http://localhost/", { headers: { authorization: `Bearer ${key}` } })), given);
});

test("waitUntil carries the settling of an answer without a body", async () => {
  const ctx = newContext();
  const { fetch, request, budget } = await guarded(() => new Response(null, { status: 204 }));
  await fetch(request, {}, ctx);
  assert.equal(ctx.work.length, 1);
  await Promise.all(ctx.work);
  assert.deepEqual(await budget(), SETTLED);
});

test("waitUntil carries the settling behind a body, from when it is read", async () => {
  const ctx = newContext();
  const { fetch, request, budget } = await guarded(() => new Response("text"));
  const response = await fetch(request, {}, ctx);
  // Tests of Workers wait for the context before they read the answer.
  await Promise.all(ctx.work);
  assert.deepEqual(await budget(), HELD);
  assert.equal(await response.text(), "text");
  assert.ok(ctx.work.length > 0);
  await Promise.all(ctx.work);
  assert.deepEqual(await budget(), SETTLED);
});

test("waitUntil holds the context while a body is read", async () => {
  const ctx = newContext();
  const source = new TransformStream();
  const { fetch, request, budget } = await guarded(() => new Response(source.readable));
  const response = await fetch(request, {}, ctx);
  const text = response.text();
  await sleep(20);
  assert.equal(ctx.work.length, 1);
  await source.writable.close();
  await ctx.work[0];
  assert.deepEqual(await budget(), SETTLED);
  assert.equal(await text, "");
});

test("waitUntil carries the settling of an answer that is left", async () => {
  const ctx = newContext();
  const { fetch, request, budget } = await guarded(() => new Response(new ReadableStream()), { onAbort: "settle" });
  const response = await fetch(request, {}, ctx);
  const reader = response.body.getReader();
  void reader.read();
  await reader.cancel();
  await Promise.all(ctx.work);
  assert.deepEqual(await budget(), SETTLED);
});

test("waitUntil carries the release of a handler that throws", async () => {
  const ctx = newContext();
  const fault = new Error("broken");
  const { fetch, request, budget } = await guarded(() => Promise.reject(fault));
  await assert.rejects(fetch(request, {}, ctx), fault);
  await Promise.all(ctx.work);
  assert.deepEqual(await budget(), { usedCents: 0, heldCents: 0 });
});

test("a context that takes nothing any more fails no request", async () => {
  const ctx = {
    waitUntil() {
      throw new TypeError("too late");
    },
  };
  const { ak, key, fetch, request } = await guarded(() => new Response("text"));
  assert.equal(await (await fetch(request, ctx)).text(), "text");
  await untilBudget(ak, key, SETTLED);
});

const immutable = {
  "a redirect": () => Response.redirect("http://localhost/elsewhere"),
  "an answer without a body": () => new Response(null, { status: 204 }),
  "an answer with two cookies": () => {
    const headers = new Headers({ "content-type": "text/plain" });
    headers.append("set-cookie", "a=1");
    headers.append("set-cookie", "b=2");
    return new Response("text", { headers, status: 201, statusText: "Made" });
  },
};

for (const [name, make] of Object.entries(immutable)) {
  test(`${name} is given headers and keeps its own`, async () => {
    const { fetch, request } = await guarded(make, { headers: true });
    const response = await fetch(request);
    const expected = make();
    assert.deepEqual([response.status, response.statusText], [expected.status, expected.statusText]);
    assert.deepEqual(response.headers.getSetCookie(), expected.headers.getSetCookie());
    for (const [field, value] of expected.headers) {
      if (field !== "set-cookie") assert.equal(response.headers.get(field), value, field);
    }
    assert.equal(response.headers.get("ratelimit"), '"budget";r=900');
    assert.equal(await response.text(), await expected.text());
  });
}

test("an answer that was fetched is passed on with headers, body and end", async (t) => {
  const bytes = crypto.getRandomValues(new Uint8Array(60_000));
  const upstream = await listen(
    t,
    createServer((_req, res) => res.writeHead(201, { "x-upstream": "yes" }).end(bytes)),
  );
  const {
    fetch: worker,
    request,
    ak,
    key,
  } = await guarded(() => fetch(`http://127.0.0.1:${upstream.port}/`), {
    headers: true,
  });
  const response = await worker(request);
  assert.deepEqual([response.status, response.headers.get("x-upstream")], [201, "yes"]);
  assert.deepEqual(new Uint8Array(await response.arrayBuffer()), bytes);
  await untilBudget(ak, key, SETTLED);
});

test("an answer that serves every request is not written into", async () => {
  const none = new Response(null, { status: 204 });
  const { fetch, request } = await guarded(() => none, { headers: true });
  assert.equal((await fetch(request)).headers.get("ratelimit"), '"budget";r=900');
  assert.equal((await fetch(request)).headers.get("ratelimit"), '"budget";r=800');
  assert.deepEqual([...none.headers], []);
});

test("a hold that the handler has ended leaves its answer as it is", async () => {
  const given = new Response("text");
  const { fetch, request, budget } = await guarded(async (_request, { agentKeyHold }) => {
    await agentKeyHold.settle(3);
    return given;
  });
  assert.equal(await fetch(request), given);
  assert.deepEqual(await budget(), { usedCents: 3, heldCents: 0 });
});

test("an answer whose body is used up is a fault of its handler: released", async () => {
  for (const options of [{}, { headers: true }]) {
    const { fetch, request, ak, key } = await guarded(async () => {
      const response = new Response("text");
      await response.text();
      return response;
    }, options);
    await assert.rejects(fetch(request), TypeError);
    await untilBudget(ak, key, { usedCents: 0, heldCents: 0 });
  }
});

test("an upgrade begins the work: its hold is kept, and what is settled later is charged", async () => {
  let hold;
  // No constructor makes a 101 outside of a Worker.
  const upgrade = Object.defineProperty(new Response(null), "status", { value: 101 });
  for (const given of [upgrade, undefined]) {
    const { ak, key, fetch, request, budget } = await guarded(
      (_request, { agentKeyHold }) => {
        hold = agentKeyHold;
        return given;
      },
      { headers: true },
    );
    assert.equal(await fetch(request), given);
    await sleep(20);
    assert.deepEqual(await budget(), HELD);
    await hold.settle(64);
    await untilBudget(ak, key, { usedCents: 64, heldCents: 0 });
  }
});

test("an answer that is thrown away holds its money no longer than its time", async () => {
  const { ak, key, fetch, request, notices } = await guarded(() => new Response("text"), { ttl: "1s" });
  await fetch(request);
  await sleep(300);
  assert.deepEqual(await budgetOf(ak, key), HELD);
  await untilBudget(ak, key, { usedCents: 0, heldCents: 0 });
  assert.deepEqual(notices, []);
});

test("an answer that is read after a while is extended from then on", async () => {
  const source = {
    async pull(controller) {
      await sleep(1_500);
      controller.enqueue(new Uint8Array(1));
      controller.close();
    },
  };
  const body = () => new ReadableStream(source, { highWaterMark: 0 });
  const { fetch, request, budget, ak, key } = await guarded(() => new Response(body()), { ttl: "1s" });
  const response = await fetch(request);
  await sleep(500);
  const text = response.text();
  await sleep(1_000);
  assert.deepEqual(await budget(), HELD);
  await text;
  await untilBudget(ak, key, SETTLED);
});

test("an answer of one part is complete while that part travels", async () => {
  const { ak, key, fetch, request } = await guarded(() => new Response("text"), { onAbort: "release" });
  const reader = (await fetch(request)).body.getReader();
  assert.equal((await reader.read()).done, false);
  await sleep(20);
  await reader.cancel();
  await untilBudget(ak, key, SETTLED);
});

test("nothing listens to a request whose answer has ended", async () => {
  const { signal } = new AbortController();
  const { fetch, request } = await guarded(() => new Response("text"), {}, { signal });
  const response = await fetch(request);
  assert.equal(getEventListeners(request.signal, "abort").length, 1);
  await response.text();
  assert.equal(getEventListeners(request.signal, "abort").length, 0);
});

test("a signal that comes after the end changes nothing", async () => {
  const gone = new AbortController();
  const { ak, key, fetch, request } = await guarded(
    () => new Response("text"),
    { onAbort: "release" },
    { signal: gone.signal },
  );
  await (await fetch(request)).text();
  gone.abort();
  await untilBudget(ak, key, SETTLED);
});

test("a clone that is read to its end settles, also where the other half is left", async () => {
  const { ak, key, fetch, request } = await guarded(() => new Response("text"));
  const response = await fetch(request);
  const clone = response.clone();
  assert.equal(await clone.text(), "text");
  await response.body.cancel();
  await untilBudget(ak, key, SETTLED);
});
