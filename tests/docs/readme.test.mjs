// The README's lines about Clerk run, with the real SDK before a stub of Clerk.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ClerkStub } from "../clerk/stub/index.mjs";
import { listen, send } from "../http/client.mjs";
import { runBlock, setEnvironment } from "./run-block.mjs";

const README = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const [, BLOCK] = /^## Clerk\n[\s\S]*?^```js\n([\s\S]*?)^```$/m.exec(README);

test("the README's app behind Clerk", async (t) => {
  const stub = await ClerkStub.start();
  t.after(() => stub.stop());
  const folder = mkdtempSync(join(tmpdir(), "keyrail-readme-"));
  const code = BLOCK.replace('"keys.db"', JSON.stringify(join(folder, "keys.db")));
  setEnvironment(t, stub.env);
  const { app, ak } = runBlock(code);
  t.after(async () => {
    await ak.close();
    rmSync(folder, { recursive: true });
  });

  const server = await listen(t, createServer(app));
  const { secret: key } = stub.addApiKey({ subject: "org_acme" });
  const ask = () => send(server, { method: "POST", path: "/ask", key });
  const answers = [await ask(), await ask()];
  for (const { status, body } of answers) assert.deepEqual([status, body], [200, { for: "org_acme", costCents: 42.5 }]);
  const [{ usedCents, limitCents }] = await ak.budgets({ subject: "org_acme" });
  assert.deepEqual([usedCents, limitCents], [85, 5_000]);
  assert.equal(stub.askedFor("/api_keys/verify").length, 1);
  assert.equal((await send(server, { method: "POST", path: "/ask", key: "ak_unknown" })).status, 401);
  stub.fail("500");
  assert.equal((await send(server, { method: "POST", path: "/ask", key: "ak_another" })).status, 503);
});
