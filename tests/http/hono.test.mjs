// What only Hono has: middleware around the guard, its context, and handlers whose faults it answers itself.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Hono } from "hono";
import { cors } from "hono/cors";
import { etag } from "hono/etag";
import { HTTPException } from "hono/http-exception";
import { streamText } from "hono/streaming";
import { timeout } from "hono/timeout";
import { agentKey } from "keyrail/hono";
import { budgetOf, newKeys, untilBudget } from "./client.mjs";

const HELD = { usedCents: 0, heldCents: 100 };
const SETTLED = { usedCents: 100, heldCents: 0 };
const FREE = { usedCents: 0, heldCents: 0 };

/** An app that `mount` fills around a guard, and a call of it. */
async function newApp(mount, options = {}) {
  const { ak, notices } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 1_000 });
  const app = new Hono();
  app.onError((error, c) =>
    error instanceof HTTPException ? error.getResponse() : c.json({ error: error.message }, 500),
  );
  mount(app, agentKey(ak, { reserve: 100, ...options }));
  const call = (init = {}, ...platform) =>
    app.request("/", { headers: { authorization: `Bearer ${key}` }, ...init }, ...platform);
  return { ak, key, notices, call, until: (expected) => untilBudget(ak, key, expected) };
}

test("the variables, also in an app where the guard stands before every route", async () => {
  const { call } = await newApp((app, guard) => {
    app.use(guard);
    app.get("/", (c) => c.json([c.get("agentKey").accountId, c.var.agentKeyHold.costCents]));
  });
  assert.deepEqual(await (await call()).json(), ["acme", 100]);
});

test("the execution context carries the settling", async () => {
  const work = [];
  const ctx = { waitUntil: (promise) => work.push(promise), passThroughOnException() {} };
  const { ak, key, call } = await newApp((app, guard) => app.get("/", guard, (c) => c.body(null, 204)));
  await call({}, {}, ctx);
  assert.equal(work.length, 1);
  await Promise.all(work);
  assert.deepEqual(await budgetOf(ak, key), SETTLED);
});

for (const [name, fault, status, after] of [
  ["an error", () => new Error("broken"), 500, FREE],
  ["an exception of 503", () => new HTTPException(503), 503, FREE],
  ["an exception of 422", () => new HTTPException(422), 422, SETTLED],
]) {
  test(`a handler that throws ${name}: the answer's status decides`, async () => {
    const { call, until } = await newApp((app, guard) => {
      app.get("/", guard, () => {
        throw fault();
      });
    });
    const response = await call();
    assert.equal(response.status, status);
    await response.text();
    await until(after);
  });
}

test("a handler that throws something else than an error: released, and thrown on", async () => {
  const { call, until } = await newApp((app, guard) => app.get("/", guard, () => Promise.reject("broken")));
  await assert.rejects(async () => call(), /broken/);
  await until(FREE);
});

test("a handler that gives nothing is Hono's own fault: released", async () => {
  const { call, until } = await newApp((app, guard) => app.get("/", guard, async () => undefined));
  const response = await call();
  assert.equal(response.status, 500);
  assert.match((await response.json()).error, /not finalized/);
  await until(FREE);
});

test("a refusal replaces what others have answered before", async () => {
  const { call } = await newApp((app, guard) => {
    app.use((c, next) => {
      c.res = new Response("too early");
      return next();
    });
    app.get("/", guard, (c) => c.text("text"));
  });
  const refusal = await call({ headers: {} });
  assert.deepEqual([refusal.status, await refusal.json()], [401, { error: "Missing API key" }]);
});

test("a path without a handler is answered with 404, and settled", async () => {
  const { call, until } = await newApp((app, guard) => app.use(guard));
  const response = await call();
  assert.equal(response.status, 404);
  await response.text();
  await until(SETTLED);
});

test("headers that others set stay, on answers and on refusals", async () => {
  const { call, until } = await newApp(
    (app, guard) => {
      app.use(cors());
      app.get("/", guard, (c) => {
        c.header("set-cookie", "a=1");
        c.header("set-cookie", "b=2", { append: true });
        return c.text("text");
      });
    },
    { headers: true },
  );
  const answer = await call();
  assert.equal(answer.headers.get("access-control-allow-origin"), "*");
  assert.deepEqual(answer.headers.getSetCookie(), ["a=1", "b=2"]);
  assert.equal(answer.headers.get("content-type"), "text/plain; charset=UTF-8");
  assert.equal(answer.headers.get("ratelimit"), '"budget";r=900');
  assert.equal(await answer.text(), "text");
  await until(SETTLED);
  const refusal = await call({ headers: {} });
  assert.deepEqual([refusal.status, refusal.headers.get("access-control-allow-origin")], [401, "*"]);
  assert.deepEqual(await refusal.json(), { error: "Missing API key" });
});

test("middleware that reads the whole answer settles it, also where it throws it away", async () => {
  const { call, until } = await newApp((app, guard) => {
    app.use(etag());
    app.get("/", guard, (c) => c.text("text"));
  });
  const response = await call();
  const tag = response.headers.get("etag");
  assert.ok(tag, "it has read the answer");
  await until(SETTLED);
});

test("a time limit around the guard: its answer is thrown away, and the hold ends with its time", async () => {
  const { call, until } = await newApp(
    (app, guard) => {
      app.use(timeout(50));
      app.get("/", guard, async (c) => {
        await sleep(150);
        return c.text("too late");
      });
    },
    { ttl: "1s" },
  );
  assert.equal((await call()).status, 504);
  await until(HELD);
  await until(FREE);
});

test("a stream of Hono's own settles from its callback, or at its end", async () => {
  for (const [cost, after] of [
    [4.5, { usedCents: 4.5, heldCents: 0 }],
    [undefined, SETTLED],
  ]) {
    const { ak, key, call, until } = await newApp((app, guard) => {
      app.get("/", guard, (c) =>
        streamText(c, async (stream) => {
          await stream.write("first");
          await sleep(50);
          if (cost !== undefined) await c.get("agentKeyHold").settle(cost);
          await stream.write("last");
        }),
      );
    });
    const response = await call();
    assert.deepEqual(await budgetOf(ak, key), HELD);
    assert.equal(await response.text(), "firstlast");
    await until(after);
  }
});

test("two guards of one route: both holds end with the answer", async () => {
  const { ak, key, call, until } = await newApp((app, guard) => app.get("/", guard, guard, (c) => c.text("text")));
  const response = await call();
  assert.deepEqual(await budgetOf(ak, key), { usedCents: 0, heldCents: 200 });
  assert.equal(await response.text(), "text");
  await until({ usedCents: 200, heldCents: 0 });
});

test("reserve and unsettled are given Hono's context", async () => {
  const { call, until } = await newApp((app, guard) => app.get("/", guard, (c) => c.text("text", 202)), {
    reserve: (c) => Number(c.req.query("cents") ?? 7),
    unsettled: (c, response) => (c.req.method === "GET" ? response.status : "release"),
  });
  const response = await call();
  await response.text();
  await until({ usedCents: 202, heldCents: 0 });
});
