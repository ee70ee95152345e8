// A charge on one SQLite file, 64 in flight, beside one synced transaction per charge.
//
// Both sides write with `synchronous=FULL` on the same disk. Ours charges a key at the end of a chain of
// three and keeps a ledger entry of every charge; the other side is one conditional UPDATE on one row,
// in Rust, with nothing of JavaScript in its way (`crates/keyrail-sqlite/examples/one_by_one.rs`).
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { AgentKey } from "../npm/keyrail/dist/index.js";
import { sqlite } from "../npm/keyrail/dist/stores/sqlite/index.js";
import { duration, Report, speedAtLeast } from "./harness.mjs";
import { inFlight } from "./rounds.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const CALLS = 2_000;
/** A synced transaction each: enough for a second. */
const THEIR_CALLS = 400;
const TREES = 500;
const PAIRS = 7;
const BUDGET_CENTS = 9_000_000_000;
const COST = { costCents: 1 };

/** The other side as a process that times itself; cargo says where it put the program. */
async function oneByOne(path) {
  const args = ["build", "--release", "--locked", "--package", "keyrail-sqlite", "--example", "one_by_one"];
  const options = { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 1 << 26 };
  const { stdout, status } = spawnSync("cargo", [...args, "--message-format=json"], options);
  if (status !== 0) throw new Error("the other side does not build");
  const messages = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const { executable } = messages.find(({ target, executable: file }) => target?.name === "one_by_one" && file);
  const child = spawn(executable, [path], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface(child.stdout);
  const round = async () => {
    child.stdin.write(`${THEIR_CALLS}\n`);
    const [ns] = await once(lines, "line");
    return Number(ns);
  };
  return { round, stop: () => child.stdin.end() };
}

/** What one sync of a small write costs here: on a disk in memory both sides would prove nothing. */
function syncNs(path) {
  const file = openSync(path, "w");
  const started = process.hrtime.bigint();
  for (let count = 0; count < 200; count += 1) {
    writeSync(file, "x".repeat(4_096));
    fsyncSync(file);
  }
  const ns = Number(process.hrtime.bigint() - started) / 200;
  closeSync(file);
  return ns;
}

async function chainOfThree(ak) {
  const top = await ak.create({ accountId: "bench", budgetCents: BUDGET_CENTS });
  const middle = await ak.create({ accountId: "bench", budgetCents: BUDGET_CENTS, parent: { id: top.id } });
  return ak.create({ accountId: "bench", budgetCents: BUDGET_CENTS, parent: { id: middle.id } });
}

/** Runs a round once more and says how late the event loop was meanwhile. */
async function delays(round) {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  await round();
  histogram.disable();
  return `median ${duration(histogram.percentile(50))}, p99 ${duration(histogram.percentile(99))}, most ${duration(histogram.max)}`;
}

const folder = mkdtempSync(join(tmpdir(), "keyrail-bench-"));
const store = sqlite(join(folder, "keys.db"));
const ak = new AgentKey({ store });
const { key } = await chainOfThree(ak);
const others = [];
for (let tree = 0; tree < TREES; tree += 1) others.push(await chainOfThree(ak));
const theirs = await oneByOne(join(folder, "other.db"));

const charge = async (secret) => {
  const { success, reason } = await ak.trackUsage(secret, COST);
  if (!success) throw new Error(`a charge was refused: ${reason}`);
};
const report = new Report(
  "A charge on one SQLite file: a chain of three, an entry each, synchronous=FULL on both sides",
);
report.figure("fsync of 4 KB on this disk", duration(syncNs(join(folder, "sync"))));
const hot = inFlight(64, CALLS, () => charge(key));
const by = "one synced UPDATE";
await report.versus("one hot key, 64 in flight", {
  ours: hot,
  by,
  theirs: theirs.round,
  pairs: PAIRS,
  gate: speedAtLeast(5),
});
report.note(`event loop late by (1 ms is its timer's own): ${await delays(hot)}`);
const spread = inFlight(64, CALLS, (call) => charge(others[call % TREES].key));
await report.versus(`${TREES} trees in turn, 64 in flight`, { ours: spread, by, theirs: theirs.round, pairs: PAIRS });
report.note(`event loop late by: ${await delays(spread)}`);
await report.versus("one hot key, 1 in flight", {
  ours: inFlight(1, 200, () => charge(key)),
  by,
  theirs: theirs.round,
  pairs: PAIRS,
});
theirs.stop();
await ak.close();
await store.close();
rmSync(folder, { recursive: true });
