// The engines that keep rows. A place is what another process must be told to open the same store.
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PostgresServer } from "../servers/postgres.mjs";

/** Opens the store of a place. `close` ends its connections; the rows stay. */
export async function openStore({ engine, url, pool: settings, tableName, path }) {
  if (engine === "memory") {
    const { memory } = await import("keyrail/stores/memory");
    return { store: memory(), close: async () => {} };
  }
  if (engine === "sqlite") {
    const { sqlite } = await import("keyrail/stores/sqlite");
    const store = sqlite(path);
    return { store, close: () => store.close() };
  }
  const [{ postgres }, { default: pg }] = await Promise.all([import("keyrail/stores/postgres"), import("pg")]);
  const pool = new pg.Pool({ connectionString: url, ...settings });
  // A server that is stopped ends idle connections; the pool opens others.
  pool.on("error", () => {});
  return { store: postgres(pool, tableName === undefined ? {} : { tableName }), pool, close: () => pool.end() };
}

/** A fresh place on a Postgres server, with its tables. */
export async function postgresPlace(server, settings = {}) {
  const place = { engine: "postgres", url: server.url, tableName: `keys_${randomUUID().slice(0, 8)}`, ...settings };
  const { store, close } = await openStore(place);
  await store.migrate({ dryRun: false });
  await close();
  return place;
}

let server;
let folder;

const FRESH = {
  memory: async () => ({ engine: "memory" }),
  postgres: async () => {
    server ??= PostgresServer.start();
    return postgresPlace(await server);
  },
  sqlite: async () => {
    folder ??= mkdtempSync(join(tmpdir(), "keyrail-faults-"));
    return { engine: "sqlite", path: join(folder, `${randomUUID()}.db`) };
  },
};

/** Every engine's name. */
export const ENGINES = Object.keys(FRESH);

/** A place where nothing is yet. What it needs is started once and ended by `endPlaces`. */
export const newPlace = (engine) => FRESH[engine]();

/** Ends what `newPlace` started. */
export async function endPlaces() {
  await (await server)?.remove();
  server = undefined;
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  folder = undefined;
}

/** The engines whose rows outlive a process. */
export const DURABLE = ENGINES.filter((engine) => engine !== "memory");
