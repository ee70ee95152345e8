// Charges in Postgres: a chain of three and an entry each, beside what people write by hand, through
// pools of the same size on one server whose commits reach the disk. One in flight is shown three times:
// with the disk, which both sides wait for once, without it, and with a server that is not on loopback.
import { fork } from "node:child_process";
import { once } from "node:events";
import { PostgresServer } from "../tests/servers/postgres.mjs";
import { distant } from "./distant.mjs";
import { Report, speedAtLeast } from "./harness.mjs";
import { makeTables, sides } from "./postgres-sides.mjs";
import { inFlight } from "./rounds.mjs";

const IN_FLIGHT = 64;
const PROCESSES = 4;
const TREES = 5_000;
const ONE_BY_ONE = 300;
const DISTANCE_MS = 1;
const PAIRS = 9;

const server = await PostgresServer.start();
await makeTables(server.url, TREES);
const { charge, update, transaction, queriesOf, end } = sides(server.url);
const by = "UPDATE";

/** A charge on rows that the process has seen is one round trip, or the figures below are of something else. */
await charge(0);
const queries = await queriesOf(() => charge(0));
if (queries !== 1) throw new Error(`a charge on known rows took ${queries} queries`);

const report = new Report("Charges in Postgres, fsync and synchronous_commit on, pools of 10 connections");
await report.versus("one hot tree, 64 in flight", {
  ours: inFlight(IN_FLIGHT, 10_000, () => charge(0)),
  by,
  theirs: inFlight(IN_FLIGHT, 2_000, () => update(0)),
  pairs: PAIRS,
  gate: speedAtLeast(4),
});
await report.versus("5,000 trees in turn, 64 in flight", {
  ours: inFlight(IN_FLIGHT, TREES, (call) => charge(call % TREES)),
  by,
  theirs: inFlight(IN_FLIGHT, TREES, (call) => update(call % TREES)),
  pairs: PAIRS,
  gate: speedAtLeast(1),
});
/** One call after another, beside the same four writes sent one by one. */
const oneInFlight = (name, both, judged) =>
  report.versus(`one tree, one in flight${name}`, {
    ours: inFlight(1, ONE_BY_ONE, () => both.charge(0)),
    by: "the same 4 writes",
    theirs: inFlight(1, ONE_BY_ONE, () => both.transaction(0)),
    pairs: PAIRS,
    ...judged,
  });
await oneInFlight("", { charge, transaction }, { gate: speedAtLeast(1.2) });
await end();

const env = { ...process.env, KEYRAIL_BENCH_URL: server.url };
const processes = Array.from({ length: PROCESSES }, () =>
  fork(new URL("postgres-process.mjs", import.meta.url), { env }),
);
await Promise.all(processes.map((one) => once(one, "message")));

/** A side in all processes at once: ns per call of them all. */
const inProcesses = (side, calls) => async () => {
  const started = process.hrtime.bigint();
  for (const one of processes) one.send({ side, lanes: IN_FLIGHT / PROCESSES, calls: calls / PROCESSES });
  await Promise.all(processes.map((one) => once(one, "message")));
  return Number(process.hrtime.bigint() - started) / calls;
};
await report.versus("one hot tree, four processes with 16 in flight each", {
  ours: inProcesses("charge", 4_000),
  by,
  theirs: inProcesses("update", 2_000),
  pairs: PAIRS,
  gate: speedAtLeast(1),
});
for (const one of processes) one.disconnect();
await server.remove();

const unsynced = await PostgresServer.start({ fsync: "off" });
await makeTables(unsynced.url, 1);
const beside = sides(unsynced.url);
await oneInFlight(", fsync off", beside);
await beside.end();
const way = await distant(unsynced.url, DISTANCE_MS);
const away = sides(way.url);
await oneInFlight(`, fsync off, ${DISTANCE_MS} ms away`, away);
await away.end();
way.close();
await unsynced.remove();
