// A guarded request whose Clerk API key is verified already, with a hold before the work and its settling after, 64
// connections: on Express over a SQLite file, which syncs at every commit, and on Hono in workerd over memory().
// Clerk is the real SDK before a stub of its Backend API, and how often it is asked is counted there.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ClerkStub } from "../tests/clerk/stub/index.mjs";
import { startWorker } from "../tests/runtimes/workerd.mjs";
import { startApp, stopApps } from "./app-process.mjs";
import { Report, speedAtLeast } from "./harness.mjs";
import { load } from "./http-load.mjs";

const CONNECTIONS = 64;
const CALLS = 4_000;
const KEYS = 1_000;
const PAIRS = 7;
const BUDGET_CENTS = 2_000_000_000;
const CACHE_TTL_MS = 1_000;
const CALLS_OF_ONE = 12_000;
const VERIFY = "/api_keys/verify";

const stub = await ClerkStub.start();
const folder = mkdtempSync(join(tmpdir(), "keyrail-bench-"));
const { secretKey, url: apiUrl } = stub;
const keysOf = (count) => Array.from({ length: count }, (_, n) => stub.addApiKey({ subject: `user_${n}` }).secret);
const keys = keysOf(KEYS);
const [hotKey] = keys;
const startClerk = (name, cacheTtl) => startApp("clerk", { path: join(folder, name), secretKey, apiUrl, cacheTtl });
const side = (port, path, some) => load({ port, keys: some }, path, CONNECTIONS, CALLS);

const report = new Report(`Clerk's API keys, verified already, reserve and settle, ${CONNECTIONS} connections`);
const { port: bare } = await startApp("bare");
const { port } = await startClerk("keys.db", "60s");
const raced = { by: "bare app", theirs: side(bare, "/ask", [""]), pairs: PAIRS };
await report.versus("Express and SQLite, one hot key", {
  ...raced,
  ours: side(port, "/ask", [hotKey]),
  gate: speedAtLeast(0.55),
});
await report.versus(`Express and SQLite, ${KEYS.toLocaleString("en")} keys in turn`, {
  ...raced,
  ours: side(port, "/ask", keys),
});

const SETTINGS = { secretKey, apiUrl, budgetCents: BUDGET_CENTS };
const worker = await startWorker("../../bench/clerk-worker.mjs", { bindings: { SETTINGS } });
const { port: workerPort } = await worker.ready;
await report.versus("Hono in workerd and memory(), one hot key", {
  ours: side(workerPort, "/ask", [hotKey]),
  by: "bare app there",
  theirs: side(workerPort, "/bare", [hotKey]),
  pairs: PAIRS,
});
await worker.dispose();

const short = await startClerk("short.db", CACHE_TTL_MS);
const before = stub.askedFor(VERIFY).length;
const began = performance.now();
await load({ port: short.port, keys: [hotKey] }, "/ask", CONNECTIONS, CALLS_OF_ONE)();
const elapsedMs = performance.now() - began;
const asked = stub.askedFor(VERIFY).length - before;
const periods = Math.floor(elapsedMs / CACHE_TTL_MS) + 1;
const perSecond = Math.round((CALLS_OF_ONE / elapsedMs) * 1_000);
report.figure(`questions to Clerk about one key, cached for ${CACHE_TTL_MS / 1_000} s`, String(asked), {
  text: `≤ ${periods}, one a period`,
  holds: asked <= periods,
});
report.note(`${perSecond.toLocaleString("en")} requests/s for ${(elapsedMs / 1_000).toFixed(1)} s`);

stopApps();
await stub.stop();
rmSync(folder, { recursive: true });
