// The Postgres store obeys the contract like any other, on a real server.
import { after } from "node:test";
import { postgres } from "keyrail/stores/postgres";
import pg from "pg";
import { PostgresServer } from "../servers/postgres.mjs";
import { laws } from "./laws.mjs";
import { listings } from "./listing.mjs";

const server = await PostgresServer.start({ fsync: "off" });
const pool = new pg.Pool({ connectionString: server.url });
after(async () => {
  await pool.end();
  await server.remove();
});

const store = postgres(pool);
await store.migrate({ dryRun: false });

laws(() => store);
listings(() => store);
