// Clients that go away: before the handler, during it, while it answers.
import assert from "node:assert/strict";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { agentKeyMiddleware } from "keyrail/express";
import { begin, budgetOf, handler, newKeys, onBoth, serve, until, untilBudget } from "./server.mjs";

/** A call that the client ends while the handler works; `after` is what the handler does then. */
async function check(t, express, { options = {}, after = () => {}, expected }) {
  const { ak } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 1_000 });
  let closed;
  const isClosed = new Promise((resolve) => {
    closed = resolve;
  });
  let isDone = false;
  const server = await serve(t, express, (app) => {
    app.get(
      "/",
      agentKeyMiddleware(ak, { reserve: 100, ...options }),
      handler(async (req, res) => {
        outgoing.destroy();
        await once(res, "close");
        closed();
        await after(req, res);
        isDone = true;
      }),
    );
  });
  const outgoing = begin(server, { key });
  outgoing.on("error", () => {});
  await isClosed;
  await until(() => isDone, "the handler is done");
  await untilBudget(ak, key, expected);
  return { ak, key };
}

onBoth("aborted: the hold is kept, and its time brings it back", async (t, express) => {
  const expected = { usedCents: 0, heldCents: 100 };
  const { ak, key } = await check(t, express, { options: { ttl: "1s" }, expected });
  await sleep(500);
  assert.deepEqual(await budgetOf(ak, key), expected, "half of its time is left");
  await untilBudget(ak, key, { usedCents: 0, heldCents: 0 });
});

onBoth("aborted: the handler may still settle", (t, express) =>
  check(t, express, { after: (req) => req.agentKeyHold.settle(70), expected: { usedCents: 70, heldCents: 0 } }),
);

onBoth("aborted: the handler may still release", (t, express) =>
  check(t, express, { after: (req) => req.agentKeyHold.release(), expected: { usedCents: 0, heldCents: 0 } }),
);

onBoth("aborted: an answer that nobody reads decides nothing", (t, express) =>
  check(t, express, { after: (_req, res) => res.json({}), expected: { usedCents: 0, heldCents: 100 } }),
);

onBoth("aborted: a settle beyond its time is charged, late", (t, express) =>
  check(t, express, {
    options: { ttl: "1s" },
    after: async (req) => {
      await sleep(1_200);
      assert.equal((await req.agentKeyHold.settle(70)).late, true);
    },
    expected: { usedCents: 70, heldCents: 0 },
  }),
);

onBoth("aborted, onAbort: settle", (t, express) =>
  check(t, express, { options: { onAbort: "settle" }, expected: { usedCents: 100, heldCents: 0 } }),
);

onBoth("aborted, onAbort: release", (t, express) =>
  check(t, express, { options: { onAbort: "release" }, expected: { usedCents: 0, heldCents: 0 } }),
);

onBoth("gone before the handler begins: nothing is held and nothing runs", async (t, express) => {
  const { ak } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 1_000 });
  let isGone = false;
  const server = await serve(t, express, (app) => {
    const reserve = async (req) => {
      outgoing.destroy();
      await once(req.res, "close");
      isGone = true;
      return 100;
    };
    app.get("/", agentKeyMiddleware(ak, { reserve }), () => assert.fail("the handler ran"));
  });
  const release = t.mock.method(ak, "release");
  const outgoing = begin(server, { key });
  outgoing.on("error", () => {});
  await until(() => isGone && release.mock.callCount() === 1, "the hold is released");
  await untilBudget(ak, key, { usedCents: 0, heldCents: 0 });
});

onBoth("gone while the last bytes travel: the work is done and paid", async (t, express) => {
  const { ak } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 1_000 });
  const server = await serve(t, express, (app) => {
    // More than the socket takes while nobody reads.
    app.get("/", agentKeyMiddleware(ak, { reserve: 100 }), (_req, res) => res.end(Buffer.alloc(50_000_000)));
  });
  const outgoing = begin(server, { key });
  outgoing.on("error", () => {});
  const [incoming] = await once(outgoing, "response");
  incoming.on("error", () => {});
  incoming.destroy();
  await untilBudget(ak, key, { usedCents: 100, heldCents: 0 });
});

onBoth("a handler that breaks its own answer off: the hold is kept", async (t, express) => {
  const { ak } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 1_000 });
  const server = await serve(t, express, (app) => {
    app.get("/", agentKeyMiddleware(ak, { reserve: 100 }), (_req, res) => res.destroy());
  });
  const outgoing = begin(server, { key });
  await once(outgoing, "error");
  await untilBudget(ak, key, { usedCents: 0, heldCents: 100 });
});
