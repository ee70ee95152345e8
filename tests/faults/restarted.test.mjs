// Postgres stopped hard in mid-load and started again.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { PostgresServer } from "../servers/postgres.mjs";
import { seedOfRun, told } from "./report.mjs";
import { crashRounds } from "./restarted.mjs";

const server = await PostgresServer.start();
after(() => server.remove());

test("Postgres crashes twice in mid-load: 500s meanwhile, and nothing acknowledged is lost", async (t) => {
  const play = (seed) => crashRounds(t, server, { rounds: 2, seed });
  const counts = await told((line) => t.diagnostic(line), "Postgres crashed", seedOfRun(), play);
  assert.ok(counts["calls answered 500"] > 0, "somebody met the crash");
});
