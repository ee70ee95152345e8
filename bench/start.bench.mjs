// What a start costs on Node: importing the package, and the first calls. Each in a new process.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { duration, median, Report } from "./harness.mjs";

const PROCESSES = 9;

const elapsed = async (step) => {
  const started = process.hrtime.bigint();
  const result = await step();
  return [Number(process.hrtime.bigint() - started), result];
};

const CHAIN = [
  { keyId: "a", path: "a", scopes: ["read"], ownCreditLimit: 1, ownRateSharePct: null, ownExpiresAt: null },
];

/** The times of one process, by what was done. */
const measure = async () => {
  const { readFileSync } = await import("node:fs");
  const bytes = readFileSync(new URL("../npm/keyrail/dist/keyrail.wasm", import.meta.url));
  const [compile] = await elapsed(() => new WebAssembly.Module(bytes));
  const [load, keyrail] = await elapsed(() => import("../npm/keyrail/dist/index.js"));
  const [hash] = await elapsed(() => keyrail.hashKey("ak_first"));
  const [caps] = await elapsed(() => keyrail.effectiveCaps(CHAIN));
  const [charge] = await elapsed(async () => {
    const ak = new keyrail.AgentKey({ store: keyrail.memory() });
    const { key } = await ak.create({ accountId: "bench", budgetCents: 100 });
    await ak.trackUsage(key, { costCents: 1 });
    await ak.close();
  });
  return {
    "compiling the module": compile,
    "import keyrail, compiling included": load,
    "first hashKey": hash,
    "first effectiveCaps": caps,
    "first AgentKey: create and trackUsage over memory()": charge,
  };
};

const inNewProcess = (engine) => {
  const env = { ...process.env, KEYRAIL_ENGINE: engine };
  const run = spawnSync(process.execPath, [fileURLToPath(import.meta.url), "measure"], { encoding: "utf8", env });
  if (run.status !== 0) throw new Error(run.stderr);
  return JSON.parse(run.stdout);
};

if (process.argv[2] === "measure") {
  process.stdout.write(JSON.stringify(await measure()));
} else {
  for (const [title, engine] of [
    ["Node", ""],
    ["WebAssembly", "wasm"],
  ]) {
    const runs = Array.from({ length: PROCESSES }, () => inNewProcess(engine));
    const report = new Report(`start-up, ${title}, median of ${PROCESSES} processes`);
    for (const name of Object.keys(runs[0])) report.figure(name, duration(median(runs.map((run) => run[name]))));
  }
}
