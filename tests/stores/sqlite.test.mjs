// The SQLite store obeys the contract like any other, on a real file.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { sqlite } from "keyrail/stores/sqlite";
import { laws } from "./laws.mjs";
import { listings } from "./listing.mjs";

const folder = mkdtempSync(join(tmpdir(), "keyrail-sqlite-"));
const store = sqlite(join(folder, "keys.db"), { synchronous: "normal" });
after(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

laws(() => store);
listings(() => store);
