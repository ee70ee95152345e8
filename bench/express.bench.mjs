// A guarded Express route with a hold before the work and its settling after, 64 connections: beside the
// bare route, and beside the same app as people write it with agentkey. Every app is a process of its
// own and so is this client. SQLite syncs at every commit, Postgres has fsync and synchronous_commit on.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PostgresServer } from "../tests/servers/postgres.mjs";
import { startApp as start, stopApps } from "./app-process.mjs";
import { Report, speedAtLeast } from "./harness.mjs";
import { load } from "./http-load.mjs";

const CONNECTIONS = 64;
const CALLS = 4_000;
const KEYS = 1_000;
const PAIRS = 7;

const side = (app) => load(app, "/ask", CONNECTIONS, CALLS);
const hot = ({ port, keys }) => side({ port, keys: keys.slice(0, 1) });

const folder = mkdtempSync(join(tmpdir(), "keyrail-bench-"));
const server = await PostgresServer.start();
const report = new Report(`Express, reserve and settle, ${CONNECTIONS} connections, fsync on`);
const race = (name, ours, by, theirs, judged) => report.versus(name, { ours, by, theirs, pairs: PAIRS, ...judged });

const bare = side(await start("bare"));
const onSqlite = await start("sqlite", join(folder, "keys.db"), KEYS);
await race("SQLite, one hot key", hot(onSqlite), "bare app", bare, { gate: speedAtLeast(0.6) });
await race(`SQLite, ${KEYS.toLocaleString("en")} keys in turn`, side(onSqlite), "bare app", bare, {
  target: speedAtLeast(0.6),
  why: "a request is two commits of a tree of its own: 105 µs of the app's thread and 55 of the file's writer, on two cores that have the client to serve too",
});
const onPostgres = await start("postgres", server.url, KEYS);
const agentkey = await start("agentkey", server.url, KEYS);
await race("Postgres, one hot key", hot(onPostgres), "agentkey's way", hot(agentkey), { gate: speedAtLeast(2.5) });
await race(`Postgres, ${KEYS.toLocaleString("en")} keys in turn`, side(onPostgres), "agentkey's way", side(agentkey), {
  gate: speedAtLeast(1.3),
});
stopApps();
await server.remove();
rmSync(folder, { recursive: true });
