// Clients that go away: before the handler, during it, while it answers.
import assert from "node:assert/strict";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { onEvery, serve } from "./adapters.mjs";
import { begin, budgetOf, newKeys, until, untilBudget } from "./client.mjs";

/** A call that the client ends while the handler works; `after` is what the handler does then. */
async function check(t, adapter, { options = {}, after = () => {}, expected }) {
  const { ak } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 1_000 });
  let isDone = false;
  const handle = async (call) => {
    outgoing.destroy();
    await call.gone;
    const answer = await after(call);
    isDone = true;
    return answer;
  };
  const server = await serve(t, adapter, { ak, options: { reserve: 100, ...options }, handle });
  const outgoing = begin(server, { key });
  outgoing.on("error", () => {});
  await until(() => isDone, "the handler is done");
  await untilBudget(ak, key, expected);
  return { ak, key };
}

onEvery("aborted: the hold is kept, and its time brings it back", async (t, adapter) => {
  const expected = { usedCents: 0, heldCents: 100 };
  const { ak, key } = await check(t, adapter, { options: { ttl: "1s" }, expected });
  await sleep(500);
  assert.deepEqual(await budgetOf(ak, key), expected, "half of its time is left");
  await untilBudget(ak, key, { usedCents: 0, heldCents: 0 });
});

onEvery("aborted: the handler may still settle", (t, adapter) =>
  check(t, adapter, {
    after: async ({ hold }) => void (await hold.settle(70)),
    expected: { usedCents: 70, heldCents: 0 },
  }),
);

onEvery("aborted: the handler may still release", (t, adapter) =>
  check(t, adapter, {
    after: async ({ hold }) => void (await hold.release()),
    expected: { usedCents: 0, heldCents: 0 },
  }),
);

onEvery("aborted: an answer that nobody reads decides nothing", (t, adapter) =>
  check(t, adapter, { after: () => ({ body: {} }), expected: { usedCents: 0, heldCents: 100 } }),
);

onEvery("aborted: a settle beyond its time is charged, late", (t, adapter) =>
  check(t, adapter, {
    options: { ttl: "1s" },
    after: async ({ hold }) => {
      await sleep(1_200);
      assert.equal((await hold.settle(70)).late, true);
    },
    expected: { usedCents: 70, heldCents: 0 },
  }),
);

onEvery("aborted, onAbort: settle", (t, adapter) =>
  check(t, adapter, { options: { onAbort: "settle" }, expected: { usedCents: 100, heldCents: 0 } }),
);

onEvery("aborted, onAbort: release", (t, adapter) =>
  check(t, adapter, { options: { onAbort: "release" }, expected: { usedCents: 0, heldCents: 0 } }),
);

onEvery("gone before the handler begins: nothing is held and nothing runs", async (t, adapter) => {
  const { ak } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 1_000 });
  let isGone = false;
  const reserve = async ({ gone }) => {
    outgoing.destroy();
    await gone;
    isGone = true;
    return 100;
  };
  let didRun = false;
  const handle = () => {
    didRun = true;
  };
  const release = t.mock.method(ak, "release");
  const server = await serve(t, adapter, { ak, options: { reserve }, handle });
  const outgoing = begin(server, { key });
  outgoing.on("error", () => {});
  await until(() => isGone && release.mock.callCount() === 1, "the hold is released");
  await untilBudget(ak, key, { usedCents: 0, heldCents: 0 });
  assert.equal(didRun, false, "whether the handler ran");
});

onEvery("gone while the last bytes travel: the work is done and paid", async (t, adapter) => {
  const { ak } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 1_000 });
  // More than the socket takes while nobody reads.
  const handle = () => ({ body: Buffer.alloc(50_000_000) });
  const server = await serve(t, adapter, { ak, options: { reserve: 100 }, handle });
  const outgoing = begin(server, { key });
  outgoing.on("error", () => {});
  const [incoming] = await once(outgoing, "response");
  incoming.on("error", () => {});
  incoming.destroy();
  await untilBudget(ak, key, { usedCents: 100, heldCents: 0 });
});
