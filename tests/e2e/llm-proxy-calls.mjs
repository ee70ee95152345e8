// The example as it is used: its proxy and its model as servers, calls on them, and what its ledger says.
import { once } from "node:events";
import { createServer, request } from "node:http";
import { AgentKey } from "keyrail";
import { memory } from "keyrail/stores/memory";
import { llmProxy } from "../../examples/llm-proxy/proxy.mjs";
import { standInModel } from "../../examples/llm-proxy/upstream.mjs";

const UPSTREAM_KEY = "of-this-test";
const MICROCENTS_PER_CENT = 1_000_000;
const ENTRIES_MAX = 500;
/** What the example's large model costs a token, written down again: a price list that is wrong must not agree with itself. */
const INPUT_MICROCENTS = 1_500;
const OUTPUT_MICROCENTS = 7_500;

const listen = async (server) => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${server.address().port}`;
};

/** Starts both. */
export async function start(t) {
  const store = memory();
  const ak = new AgentKey({ store });
  const model = standInModel({ key: UPSTREAM_KEY });
  const modelUrl = await listen(model);
  const proxy = createServer(llmProxy(ak, { url: modelUrl, key: UPSTREAM_KEY }));
  const url = await listen(proxy);
  t.after(() => {
    for (const server of [proxy, model]) {
      server.close();
      server.closeAllConnections();
    }
  });
  const headers = { authorization: `Bearer ${UPSTREAM_KEY}` };
  const bill = async () => (await fetch(`${modelUrl}/bill`, { headers })).json();
  return { url, ak, store, bill, model };
}

/** An organisation, its team and the team's agent, with these caps in cents. */
export async function mint({ ak }, { org = 2_000, team = 500, agent = 100 } = {}) {
  const accountId = "acme";
  const top = await ak.create({ accountId, budgetCents: org, budgetPeriod: "month" });
  const middle = await ak.create({
    accountId,
    budgetCents: team,
    budgetPeriod: "day",
    parent: { id: top.id },
  });
  const { id, key } = await ak.create({
    accountId,
    budgetCents: agent,
    budgetPeriod: "hour",
    parent: { id: middle.id },
  });
  return { tree: top.id, ids: { org: top.id, team: middle.id, agent: id }, key };
}

/** Begins a call of the proxy. */
export function begin({ url }, key, body) {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const outgoing = request(`${url}/v1/chat/completions`, { method: "POST", headers, agent: false });
  outgoing.end(JSON.stringify(body));
  return outgoing;
}

/** A call and its whole answer; `isWhole` tells whether it ended as an answer should. */
export async function call(app, key, body) {
  const [incoming] = await once(begin(app, key, body), "response");
  let text = "";
  try {
    for await (const part of incoming.setEncoding("utf8")) text += part;
  } catch {
    // Told by `complete`.
  }
  const isJson = incoming.headers["content-type"]?.startsWith("application/json");
  const { statusCode: status, headers, complete: isWhole } = incoming;
  return { status, headers, isWhole, body: isJson ? JSON.parse(text) : text };
}

/** The tokens of a streamed answer. */
export const tokensIn = (text) => [...text.matchAll(/"content":"word\d+ "/g)].length;

/** What the model charges for these items of its bill. */
export const costOf = (bill) =>
  bill.reduce((sum, item) => sum + item.inputTokens * INPUT_MICROCENTS + item.outputTokens * OUTPUT_MICROCENTS, 0);

/** What is spent and held at each level, root first, in microcents. */
export async function figures({ ak }, { key }) {
  const chain = await ak.budgets({ key });
  const microcents = (cents) => Math.round(cents * MICROCENTS_PER_CENT);
  return chain.map(({ usedCents, heldCents }) => ({ spent: microcents(usedCents), held: microcents(heldCents) }));
}

/** The entries of a tree that settled or charged something, oldest first. */
export async function settles({ store }, { tree }) {
  const { rows } = await store.list({ entries: { tree } }, { cursor: null, limit: ENTRIES_MAX });
  return rows.filter(({ entryKind }) => entryKind === "settle");
}

/** Waits until a condition holds, and says so if it never does. */
export async function until(condition, what, withinMs = 5_000) {
  const deadline = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`still not so after ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
