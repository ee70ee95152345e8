// The example as it is used: started as a process, calls on it, and what a second process reads in its file.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { AgentKey } from "keyrail";
import { sqlite } from "keyrail/stores/sqlite";

const EXAMPLE = fileURLToPath(new URL("../../examples/llm-proxy/", import.meta.url));
const UPSTREAM_KEY = "of-this-test";
const MICROCENTS_PER_CENT = 1_000_000;
const ENTRIES_MAX = 500;
/** What the example's large model costs a token, written down again: a price list that is wrong must not agree with itself. */
const INPUT_MICROCENTS = 1_500;
const OUTPUT_MICROCENTS = 7_500;

/** A file for keys, opened by this process; `remove` closes and removes it. */
export async function newFile() {
  const folder = await mkdtemp(join(tmpdir(), "keyrail-llm-proxy-"));
  const path = join(folder, "keys.db");
  const store = sqlite(path);
  const ak = new AgentKey({ store });
  const remove = async () => {
    await ak.close();
    await store.close();
    await rm(folder, { recursive: true });
  };
  return { path, store, ak, remove };
}

/** Runs a program of the example on a file. */
export function run(file, program, ...args) {
  const env = { ...process.env, PORT: "0", KEYS_FILE: file.path, UPSTREAM_KEY };
  return spawn(process.execPath, [join(EXAMPLE, program), ...args], { env, stdio: ["ignore", "pipe", "inherit"] });
}

/** Starts the proxy and its model on a file. `bill` says what the model charges for since then. */
export async function start(file) {
  const server = run(file, "server.mjs");
  const ended = once(server, "close");
  const endedEarly = ended.then(([code]) => Promise.reject(new Error(`the server ended with ${code}`)));
  const [line] = await Promise.race([once(server.stdout.setEncoding("utf8"), "data"), endedEarly]);
  // From here on its end is what a test asks for.
  endedEarly.catch(() => {});
  const [, url, modelUrl] = /the proxy listens on (\S+), the model on (\S+)/.exec(line);
  const headers = { authorization: `Bearer ${UPSTREAM_KEY}` };
  const bill = async () => (await fetch(`${modelUrl}/bill`, { headers })).json();
  /** Ends it, if it has not ended, and gives its exit code. */
  const stop = async (signal) => {
    server.kill(signal);
    const [code] = await ended;
    return code;
  };
  return { url, bill, stop, ak: file.ak, store: file.store };
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
