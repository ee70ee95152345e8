// The Postgres store obeys the contract like any other, on a real server.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { AgentKey } from "keyrail";
import { postgres } from "keyrail/stores/postgres";
import { testAuthority, testStore } from "keyrail/testing";
import pg from "pg";
import { PostgresServer } from "../servers/postgres.mjs";
import { subtests } from "../testing/subtests.mjs";

const server = await PostgresServer.start({ fsync: "off" });
const pool = new pg.Pool({ connectionString: server.url });
after(async () => {
  await pool.end();
  await server.remove();
});

const store = postgres(pool);
await store.migrate({ dryRun: false });

subtests("postgres(), one table for all laws", (options) => testStore(() => store, options));
subtests("an AgentKey over postgres()", (options) =>
  testAuthority(({ clock }) => new AgentKey({ pool, clock }), options),
);

test("two tables over one pool, whose connections know each statement by its name", async () => {
  const one = new pg.Pool({ connectionString: server.url, max: 1 });
  const stores = ["first_keys", "second_keys"].map((tableName) => postgres(one, { tableName }));
  for (const each of stores) await each.migrate({ dryRun: false });
  for (const each of stores) assert.deepEqual(await each.allocate(2), [1, 2]);
  for (const each of stores) assert.deepEqual((await each.read([{ id: 1 }])).chains, [[]]);
  await one.end();
});
