// What a charge costs on each engine: in a resident ledger in ns a call, whole operations over memory()
// in operations a second. Best of several rounds; two engines, each in a process of its own.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const ROUNDS = 7;
const ROUND_MS = 60;
const IN_FLIGHT = 64;
const OPERATIONS = 20_000;

/** The best ns a call of several rounds, after a warm-up. */
const nanoseconds = (call) => {
  let batch = 1;
  const timed = (count) => {
    const started = process.hrtime.bigint();
    for (let index = 0; index < count; index += 1) call();
    return Number(process.hrtime.bigint() - started);
  };
  while (timed(batch) < ROUND_MS * 1e6) batch *= 2;
  return Math.min(...Array.from({ length: ROUNDS }, () => timed(batch) / batch));
};

/** Operations a second with a fixed number in flight. */
const rate = async (operation) => {
  const lane = async () => {
    for (let index = 0; index < OPERATIONS / IN_FLIGHT; index += 1) await operation();
  };
  await lane();
  const started = process.hrtime.bigint();
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  return OPERATIONS / (Number(process.hrtime.bigint() - started) / 1e9);
};

/** A charge on one node of a resident ledger, without the loop around it. */
const residentLedger = async () => {
  const { engine } = await import("../npm/keyrail/dist/engine/node.js");
  const { Ledger } = await import("../npm/keyrail/dist/loop/ledger.js");
  const ledger = new Ledger(engine.ledger());
  const rule = { period: null, alignment: "anchored", anchorAt: 0 };
  const mint = { kind: "mint", id: 1, parent: null, cap: null, rule, reject: false, expiresAt: null, scopes: null };
  const { node } = ledger.decide(0, mint).outcome;
  const charge = { kind: "charge", node, cost: { asked: 1, cost: 1 }, overdraft: false };
  let charges = 0;
  return () => {
    ledger.decide(1, charge);
    charges += 1;
    // As a commit of 64 would.
    if (charges % 64 === 0) ledger.accept(node);
  };
};

const measure = async () => {
  const keyrail = await import("../npm/keyrail/dist/index.js");
  const ledger = await residentLedger();
  const calls = {
    "resident ledger: charge by handle (ns)": ledger,
  };
  const results = Object.entries(calls).map(([name, call]) => [name, nanoseconds(call)]);

  const ak = new keyrail.AgentKey({ store: keyrail.memory() });
  const { key } = await ak.create({ accountId: "bench", budgetCents: 9_000_000_000 });
  const charge = () => ak.trackUsage(key, { costCents: 1 });
  const hold = async () => {
    const { hold: held } = await ak.reserve(key, { costCents: 1 });
    await ak.settle(held.id, { costCents: 1 });
  };
  results.push([`trackUsage on one key, memory(), ${IN_FLIGHT} in flight (/s)`, await rate(charge)]);
  results.push([`reserve + settle on one key, memory(), ${IN_FLIGHT} in flight (/s)`, await rate(hold)]);
  await ak.close();
  return results;
};

if (process.argv[2] === "measure") {
  process.stdout.write(JSON.stringify(await measure()));
} else {
  const columns = ["wasm", "native"].map((engine) => {
    const env = { ...process.env, KEYRAIL_ENGINE: engine };
    const run = spawnSync(process.execPath, [fileURLToPath(import.meta.url), "measure"], { encoding: "utf8", env });
    if (run.status !== 0) throw new Error(`${engine}: ${run.stderr}`);
    return JSON.parse(run.stdout);
  });
  console.info(`${"".padEnd(62)}${"wasm".padStart(12)}${"native".padStart(12)}`);
  for (const [index, [name, wasm]] of columns[0].entries()) {
    const cells = [wasm, columns[1][index][1]].map((value) => Math.round(value).toLocaleString("en").padStart(12));
    console.info(name.padEnd(62) + cells.join(""));
  }
}
