// Keys to guard with, requests that say exactly what they send, and what is left in a budget.
import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { isDeepStrictEqual } from "node:util";
import { AgentKey } from "keyrail";
import { memory } from "keyrail/stores/memory";

/** Keys over a store of their own, with every notice that they give. */
export function newKeys(options = {}) {
  const notices = [];
  const store = memory();
  const ak = new AgentKey({ store, onEvent: ({ code }) => notices.push(code), ...options });
  return { ak, store, notices };
}

const GUARDED = ["validate", "reserve", "admit", "settle", "release", "extend", "budgets", "hasScope", "notice", "now"];

/** What a guard asks of keys, some of it in another way: an object as somebody may wrap one. */
export function keysWith(ak, changed) {
  return { ...Object.fromEntries(GUARDED.map((method) => [method, ak[method].bind(ak)])), ...changed };
}

/** Stops a server when the test ends, whatever is still open on it. */
export async function listen(t, server) {
  if (!server.listening) server.listen(0, "127.0.0.1");
  if (server.address() === null) await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: server.address().port };
}

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
