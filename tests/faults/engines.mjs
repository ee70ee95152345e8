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

/** Runs `use` with a fresh place of each named engine, one after another. */
export const PLACES = {
  memory: async (use) => use({ engine: "memory" }),
  postgres: async (use) => {
    const server = await PostgresServer.start();
    try {
      return await use(await postgresPlace(server), server);
    } finally {
      await server.remove();
    }
  },
};

/** The engines whose rows outlive a process. */
export const DURABLE = Object.keys(PLACES).filter((engine) => engine !== "memory");

/** A folder for one run's files, which goes with it. */
export async function withFolder(use) {
  const folder = mkdtempSync(join(tmpdir(), "keyrail-faults-"));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
