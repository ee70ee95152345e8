// One request's money: what the handler decides stands, and what it leaves open is decided for it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import express5 from "express5";
import { agentKeyMiddleware } from "keyrail/express";
import { handler, newKeys, onBoth, send, serve, untilBudget } from "./server.mjs";

/** One call on a cap of 1,000 with 100 reserved; then `used` cents are spent and none is held. */
async function check(t, express, { options = {}, handle, status, used, codes = [] }) {
  const { ak, notices } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 1_000 });
  const server = await serve(t, express, (app) => {
    app.post("/", agentKeyMiddleware(ak, { reserve: 100, ...options }), handler(handle));
  });
  const answer = await send(server, { method: "POST", key });
  assert.equal(answer.status, status);
  await untilBudget(ak, key, { usedCents: used, heldCents: 0 });
  assert.deepEqual(notices, codes);
  return answer;
}

onBoth("the handler settles less, in fractions", (t, express) =>
  check(t, express, {
    handle: async (req, res) => {
      const settled = await req.agentKeyHold.settle(12.25, { metadata: { model: "small" } });
      assert.deepEqual(settled, { success: true, costCents: 12.25, overdraftCents: 0, late: false });
      res.json({});
    },
    status: 200,
    used: 12.25,
  }),
);

onBoth("the handler settles more than was held", (t, express) =>
  check(t, express, {
    handle: async (req, res) => {
      await req.agentKeyHold.settle(130);
      res.json({});
    },
    status: 200,
    used: 130,
  }),
);

onBoth("the handler settles twice: the first stands", (t, express) =>
  check(t, express, {
    handle: async (req, res) => {
      const first = await req.agentKeyHold.settle(30);
      assert.deepEqual(await req.agentKeyHold.settle(70), first);
      assert.equal((await req.agentKeyHold.release()).reason, "hold_settled");
      res.json({});
    },
    status: 200,
    used: 30,
  }),
);

onBoth("the handler releases", (t, express) =>
  check(t, express, {
    handle: async (req, res) => {
      assert.deepEqual(await req.agentKeyHold.release(), { success: true, releasedCents: 100 });
      res.json({});
    },
    status: 200,
    used: 0,
  }),
);

onBoth("the handler settles after it released: charged, late", (t, express) =>
  check(t, express, {
    handle: async (req, res) => {
      await req.agentKeyHold.release();
      assert.equal((await req.agentKeyHold.settle(40)).late, true);
      res.json({});
    },
    status: 200,
    used: 40,
  }),
);

onBoth("the handler settles and does not wait for it", (t, express) =>
  check(t, express, {
    handle: (req, res) => {
      void req.agentKeyHold.settle(20);
      res.end();
    },
    status: 200,
    used: 20,
  }),
);

onBoth("the handler settles right after its answer", (t, express) =>
  check(t, express, {
    handle: async (req, res) => {
      res.json({});
      await req.agentKeyHold.settle(20);
    },
    status: 200,
    used: 20,
  }),
);

onBoth("the handler settles nonsense: refused, and the reserved amount is settled", (t, express) =>
  check(t, express, {
    handle: async (req, res) => {
      for (const nonsense of [Number.NaN, -1, "5", 5n, undefined]) {
        assert.equal((await req.agentKeyHold.settle(nonsense)).reason, "invalid_cost");
      }
      res.json({});
    },
    status: 200,
    used: 100,
  }),
);

for (const status of [200, 204, 302, 404, 499]) {
  onBoth(`left open at ${status}: the reserved amount is settled`, (t, express) =>
    check(t, express, { handle: (_req, res) => res.status(status).end(), status, used: 100 }),
  );
}

for (const status of [500, 503]) {
  onBoth(`left open at ${status}: released`, (t, express) =>
    check(t, express, { handle: (_req, res) => res.status(status).end(), status, used: 0 }),
  );
}

onBoth("a handler that throws: released", (t, express) =>
  check(t, express, {
    handle: () => {
      throw new Error("broken");
    },
    status: 500,
    used: 0,
  }),
);

onBoth("a handler that rejects later: released", (t, express) =>
  check(t, express, {
    handle: async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      throw new Error("broken");
    },
    status: 500,
    used: 0,
  }),
);

test("Express 5: an async function that rejects, with nothing around it: released", async (t) => {
  const { ak } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 1_000 });
  const server = await serve(t, express5, (app) => {
    app.get("/", agentKeyMiddleware(ak, { reserve: 100 }), async () => {
      await sleep(10);
      throw new Error("broken");
    });
  });
  assert.equal((await send(server, { key })).status, 500);
  await untilBudget(ak, key, { usedCents: 0, heldCents: 0 });
});

onBoth("a handler that settles and then throws: what it settled stands", (t, express) =>
  check(t, express, {
    handle: async (req) => {
      await req.agentKeyHold.settle(60);
      throw new Error("broken");
    },
    status: 500,
    used: 60,
  }),
);

onBoth("next(error): released", (t, express) =>
  check(t, express, { handle: (_req, _res, next) => next(new Error("broken")), status: 500, used: 0 }),
);

onBoth("an answer of 503 and a handler that works on: its settle is charged", (t, express) =>
  check(t, express, {
    handle: async (req, res) => {
      res.status(503).end();
      await new Promise((resolve) => setTimeout(resolve, 50));
      await req.agentKeyHold.settle(80);
    },
    status: 503,
    used: 80,
  }),
);

for (const [unsettled, used, status, codes = []] of [
  ["settle", 100, 500],
  ["release", 0, 200],
  [() => "release", 0, 200],
  [() => "settle", 100, 500],
  [() => 33.5, 33.5, 200],
  [(_req, res) => res.statusCode, 404, 404],
  [() => Number.NaN, 100, 200, ["unsettled_failed"]],
  [() => undefined, 100, 500, ["unsettled_failed"]],
  [
    () => {
      throw new Error("undecided");
    },
    100,
    200,
    ["unsettled_failed"],
  ],
]) {
  onBoth(`unsettled: ${unsettled}, at ${status}`, (t, express) =>
    check(t, express, { options: { unsettled }, handle: (_req, res) => res.status(status).end(), status, used, codes }),
  );
}

onBoth("reserve may be a function of the request, also an asynchronous one", async (t, express) => {
  for (const reserve of [(req) => Number(req.get("x-cents")), async (req) => Number(req.get("x-cents"))]) {
    const { ak } = newKeys();
    const { key } = await ak.create({ accountId: "acme", budgetCents: 1_000 });
    const server = await serve(t, express, (app) => {
      app.get("/", agentKeyMiddleware(ak, { reserve }), (req, res) => res.json({ held: req.agentKeyHold.costCents }));
    });
    const headers = { "x-cents": "12.5", authorization: `Bearer ${key}` };
    assert.deepEqual((await send(server, { headers })).body, { held: 12.5 });
  }
});

onBoth("reserve: 0 holds nothing and still lets the handler settle", (t, express) =>
  check(t, express, {
    options: { reserve: 0 },
    handle: async (req, res) => {
      assert.equal(req.agentKeyHold.costCents, 0);
      await req.agentKeyHold.settle(5);
      res.json({});
    },
    status: 200,
    used: 5,
  }),
);

for (const [name, options] of Object.entries({
  throws: {
    reserve: () => {
      throw new Error("no price");
    },
  },
  rejects: { reserve: () => Promise.reject(new Error("no price")) },
  "gives NaN": { reserve: () => Number.NaN },
  "gives Infinity": { reserve: () => Number.POSITIVE_INFINITY },
  "gives nothing": { reserve: () => undefined },
  "gives a text": { reserve: () => "5" },
  "gives a BigInt": { reserve: () => 5n },
  "is negative": { reserve: -5 },
  "is out of range": { reserve: 1e300 },
  "has a ttl that is none": { reserve: 5, ttl: "soon" },
  "has a ttl that is too short": { reserve: 5, ttl: 1 },
})) {
  onBoth(`a reserve that ${name}: 500, and the handler does not run`, async (t, express) => {
    const answer = await check(t, express, {
      options,
      handle: () => assert.fail("the handler ran"),
      status: 500,
      used: 0,
      codes: ["auth_unavailable"],
    });
    assert.deepEqual(answer.body, { error: "auth_unavailable" });
  });
}
