// Charges in Postgres: a chain of three and an entry each, beside what people write by hand, through
// pools of the same size on one server whose commits reach the disk.
import { fork } from "node:child_process";
import { once } from "node:events";
import { PostgresServer } from "../tests/servers/postgres.mjs";
import { Report, speedAtLeast } from "./harness.mjs";
import { makeTables, sides } from "./postgres-sides.mjs";
import { inFlight } from "./rounds.mjs";

const IN_FLIGHT = 64;
const PROCESSES = 4;
const TREES = 5_000;
const PAIRS = 9;

const server = await PostgresServer.start();
await makeTables(server.url, TREES);
const { charge, update, transaction, end } = sides(server.url);
const by = "UPDATE";

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
await report.versus("one tree, one in flight", {
  ours: inFlight(1, 300, () => charge(0)),
  by: "the same 4 writes",
  theirs: inFlight(1, 300, () => transaction(0)),
  pairs: PAIRS,
  gate: speedAtLeast(1.2),
});
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
