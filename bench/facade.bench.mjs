// A charge through the whole façade over memory(), beside the in-memory limiter that people use:
// 64 in flight, on one key and spread over 10,000. Ours keeps a ledger entry of every charge and
// commits under compare-and-set; the other side adds to a counter.
import { RateLimiterMemory } from "rate-limiter-flexible";
import { AgentKey, memory } from "../npm/keyrail/dist/index.js";
import { onEachEngine } from "./engines.mjs";
import { Report, speedAtLeast } from "./harness.mjs";
import { inFlight } from "./rounds.mjs";

const IN_FLIGHT = 64;
const CALLS = 10_000;
const PAIRS = 7;
const KEYS = 10_000;
const BUDGET_CENTS = 9_000_000_000;
const COST = { costCents: 1 };
const by = "rate-limiter-flexible";
const why =
  "garbage collection a third, since an entry of every charge stays; on 10,000 keys every charge is a tree's commit of its own; the rest is spread over façade, queue, ledger and store";

const limiter = new RateLimiterMemory({ points: Number.MAX_SAFE_INTEGER, duration: 86_400 });
const consume = (key) => limiter.consume(key, 1);

const race = (report, name, charge, nameOf, least) =>
  report.versus(name, {
    ours: inFlight(IN_FLIGHT, CALLS, (call) => charge(nameOf(call), COST)),
    by,
    theirs: inFlight(IN_FLIGHT, CALLS, (call) => consume(nameOf(call))),
    pairs: PAIRS,
    target: speedAtLeast(least),
    why,
  });

await onEachEngine(import.meta.url, async (engine) => {
  const ak = new AgentKey({ store: memory() });
  const subjects = Array.from({ length: KEYS }, (_, index) => `user-${index}`);
  for (const subject of subjects) {
    await ak.ensureSubject(subject, { accountId: "bench", name: subject, budgetCents: BUDGET_CENTS });
  }
  const { key } = await ak.create({ accountId: "bench", name: "hot", budgetCents: BUDGET_CENTS });
  const bySubject = (subject, options) => ak.trackUsageBySubject(subject, options);
  const byKey = (secret, options) => ak.trackUsage(secret, options);
  const report = new Report(`A charge through the façade over memory(), ${IN_FLIGHT} in flight, ${engine}`);
  await race(report, "trackUsageBySubject, one key", bySubject, () => subjects[0], 1);
  await race(report, "trackUsageBySubject, 10,000 keys", bySubject, (call) => subjects[call % KEYS], 1);
  await race(report, "trackUsage by key, one key", byKey, () => key, 0.4);
  await ak.close();
});
