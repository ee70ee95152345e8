// The SQLite store obeys the contract like any other, on a real file.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { AgentKey } from "keyrail";
import { sqlite } from "keyrail/stores/sqlite";
import { testAuthority, testStore } from "keyrail/testing";
import { subtests } from "../testing/subtests.mjs";

const folder = mkdtempSync(join(tmpdir(), "keyrail-sqlite-"));
const store = sqlite(join(folder, "keys.db"));
after(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

subtests("sqlite(), one file for all laws", (options) => testStore(() => store, options));
subtests("an AgentKey over sqlite()", (options) =>
  testAuthority(({ clock }) => new AgentKey({ store, clock }), options),
);
