// A real Express app on a port of this machine, and requests that say exactly what they send.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request } from "node:http";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import express4 from "express4";
import express5 from "express5";
import { AgentKey } from "keyrail";
import { memory } from "keyrail/stores/memory";

/** Runs a test on both versions of Express. */
export function onBoth(name, body) {
  for (const [version, express] of Object.entries({ 4: express4, 5: express5 })) {
    test(`Express ${version}: ${name}`, (t) => body(t, express));
  }
}

/** Keys over a store of their own, with every notice that they give. */
export function newKeys(options = {}) {
  const notices = [];
  const store = memory();
  const ak = new AgentKey({ store, onEvent: ({ code }) => notices.push(code), ...options });
  return { ak, store, notices };
}

/** Starts an app that `mount` fills; it is stopped when the test ends. */
export async function serve(t, express, mount, { maxHeaderSize } = {}) {
  const app = express();
  // Express prints faults of handlers unless it is told that this is a test.
  app.set("env", "test");
  mount(app);
  const server = createServer({ maxHeaderSize }, app);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: server.address().port };
}

/** Express 4 does not look at what a handler returns; both pass a rejection on to `next` this way. */
export const handler = (body) => (req, res, next) => Promise.resolve(body(req, res, next)).catch(next);

/** Begins a request; `headers` may be an object or a flat list with repetitions. */
export function begin({ port }, { method = "GET", path = "/", headers = {}, key, body }) {
  const sent = key === undefined ? headers : { ...headers, authorization: `Bearer ${key}` };
  const outgoing = request({ port, host: "127.0.0.1", method, path, headers: sent, agent: false });
  outgoing.end(body);
  return outgoing;
}

/** Sends a request and reads the whole answer. */
export async function send(server, options = {}) {
  const body = options.json === undefined ? options.body : JSON.stringify(options.json);
  const headers =
    options.json === undefined ? options.headers : { ...options.headers, "content-type": "application/json" };
  const outgoing = begin(server, { ...options, headers: headers ?? {}, body });
  const [incoming] = await once(outgoing, "response");
  let text = "";
  for await (const part of incoming.setEncoding("utf8")) text += part;
  const isJson = text !== "" && incoming.headers["content-type"]?.startsWith("application/json");
  return { status: incoming.statusCode, headers: incoming.headers, body: isJson ? JSON.parse(text) : text };
}

/** Waits until a condition holds, and says so if it never does. */
export async function until(condition, what, withinMs = 3_000) {
  const deadline = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`still not so after ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The caller's own figures. */
export async function budgetOf(ak, key) {
  const chain = await ak.budgets({ key });
  const { usedCents, heldCents } = chain.at(-1);
  return { usedCents, heldCents };
}

/** Waits for the caller's own figures; they are written after the answer. */
export async function untilBudget(ak, key, expected) {
  const isThere = async () => isDeepStrictEqual(await budgetOf(ak, key), expected);
  await until(isThere, JSON.stringify(expected)).catch(async () => assert.deepEqual(await budgetOf(ak, key), expected));
}
