// Answers that go on after their handler has returned: the hold lasts as long as the body does.
import assert from "node:assert/strict";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { onEvery, serve } from "./adapters.mjs";
import { begin, budgetOf, newKeys, send, until, untilBudget } from "./client.mjs";

const HELD = { usedCents: 0, heldCents: 100 };
const SETTLED = { usedCents: 100, heldCents: 0 };
const FREE = { usedCents: 0, heldCents: 0 };

/** Opens one answer on a cap of 100 that `body` makes, with all of it reserved. */
async function open(t, adapter, { options = {}, status = 200, body }) {
  const { ak, notices } = newKeys();
  const { key } = await ak.create({ accountId: "acme", budgetCents: 100 });
  const handle = ({ hold }) => ({ status, body: body(hold) });
  const server = await serve(t, adapter, { ak, options: { reserve: 100, ...options }, handle });
  const outgoing = begin(server, { key });
  outgoing.on("error", () => {});
  const [incoming] = await once(outgoing, "response");
  incoming.on("error", () => {});
  assert.equal(incoming.statusCode, status);
  return { ak, key, notices, server, incoming };
}

/** One part, and another once `release` is called; `last` runs between them. */
function gated(last) {
  const state = {};
  const isOpen = new Promise((resolve) => {
    state.release = resolve;
  });
  state.body = async function* (hold) {
    yield "first";
    await isOpen;
    await last?.(hold);
    yield "last";
  };
  return state;
}

for (const [status, after] of [
  [200, SETTLED],
  [404, SETTLED],
  [503, FREE],
]) {
  onEvery(`a body left open at ${status}: held until the last of it`, async (t, adapter) => {
    const { body, release } = gated();
    const { ak, key, server, incoming, notices } = await open(t, adapter, { status, body });
    await once(incoming, "data");
    await sleep(100);
    assert.deepEqual(await budgetOf(ak, key), HELD);
    assert.equal((await send(server, { key })).status, 429, "the cap holds while the body is open");
    release();
    incoming.resume();
    await once(incoming, "end");
    await untilBudget(ak, key, after);
    assert.deepEqual(notices, []);
  });
}

onEvery("a stream that settles what it has cost", async (t, adapter) => {
  const { body, release } = gated((hold) => hold.settle(12.5));
  const { ak, key, incoming } = await open(t, adapter, { body });
  release();
  incoming.resume();
  await once(incoming, "end");
  await untilBudget(ak, key, { usedCents: 12.5, heldCents: 0 });
});

for (const [onAbort, after] of [
  [undefined, HELD],
  ["keep", HELD],
  ["settle", SETTLED],
  ["release", FREE],
]) {
  onEvery(`the client leaves in the middle of a body, onAbort: ${onAbort}`, async (t, adapter) => {
    const { body } = gated();
    const { ak, key, incoming } = await open(t, adapter, { options: { onAbort }, body });
    await once(incoming, "data");
    incoming.destroy();
    await untilBudget(ak, key, after);
    await sleep(50);
    assert.deepEqual(await budgetOf(ak, key), after);
  });

  onEvery(`a body that breaks off in the middle, onAbort: ${onAbort}`, async (t, adapter) => {
    const { body, release } = gated(() => {
      throw new Error("the model went away");
    });
    const { ak, key, incoming } = await open(t, adapter, { options: { onAbort }, body });
    release();
    incoming.resume();
    await new Promise((resolve) => incoming.once("close", resolve));
    assert.equal(incoming.complete, false, "the client can tell");
    await untilBudget(ak, key, after);
    await sleep(50);
    assert.deepEqual(await budgetOf(ak, key), after);
  });
}

onEvery("a client that left: kept for its time and not extended", async (t, adapter) => {
  const { body } = gated();
  const { ak, key, incoming } = await open(t, adapter, { options: { ttl: "1s" }, body });
  await once(incoming, "data");
  incoming.destroy();
  await sleep(300);
  assert.deepEqual(await budgetOf(ak, key), HELD);
  await untilBudget(ak, key, FREE);
});

onEvery("a stream that is left settles what it did so far", async (t, adapter) => {
  async function* body(hold) {
    try {
      for (;;) {
        yield "part ".repeat(1_000);
        await sleep(10);
      }
    } finally {
      await hold.settle(7);
    }
  }
  const { ak, key, incoming } = await open(t, adapter, { body });
  await once(incoming, "data");
  incoming.destroy();
  await untilBudget(ak, key, { usedCents: 7, heldCents: 0 });
});

onEvery("a client that does not read holds up the stream, and its end ends it", async (t, adapter) => {
  let parts = 0;
  let isEnded = false;
  async function* body() {
    try {
      for (;;) {
        parts += 1;
        yield "x".repeat(100_000);
      }
    } finally {
      isEnded = true;
    }
  }
  const { ak, key, incoming } = await open(t, adapter, { body });
  let seen;
  await until(async () => {
    const before = parts;
    await sleep(200);
    seen = parts;
    return seen === before;
  }, "the stream waits for its reader");
  assert.ok(seen > 1 && seen < 1_000, `${seen} parts of 100 kB were made for nobody`);
  assert.deepEqual(await budgetOf(ak, key), HELD);
  incoming.destroy();
  await until(() => isEnded, "the stream is told");
  assert.deepEqual(await budgetOf(ak, key), HELD);
});

onEvery("every byte of a body arrives as it was given", async (t, adapter) => {
  const sent = Array.from({ length: 50 }, (_, index) => `${index}:${"ü".repeat(index * 100)}\n`);
  async function* body() {
    yield* sent;
  }
  const { ak, key, incoming } = await open(t, adapter, { body });
  let text = "";
  for await (const part of incoming.setEncoding("utf8")) text += part;
  assert.equal(text, sent.join(""));
  await untilBudget(ak, key, SETTLED);
});

for (const body of [undefined, "text", { json: true }]) {
  onEvery(`HEAD, answered with ${JSON.stringify(body)}: settled, though no body is sent`, async (t, adapter) => {
    const { ak } = newKeys();
    const { key } = await ak.create({ accountId: "acme", budgetCents: 100 });
    const server = await serve(t, adapter, { ak, options: { reserve: 100 }, handle: () => ({ body }) });
    const answer = await send(server, { method: "HEAD", key });
    assert.deepEqual([answer.status, answer.body], [200, ""]);
    await untilBudget(ak, key, SETTLED);
  });
}

onEvery("HEAD without a key is refused like any other", async (t, adapter) => {
  const { ak } = newKeys();
  const server = await serve(t, adapter, { ak, options: { reserve: 100 }, handle: () => ({}) });
  const answer = await send(server, { method: "HEAD" });
  assert.deepEqual([answer.status, answer.headers["www-authenticate"], answer.body], [401, "Bearer", ""]);
});
