// A server bundled into one file runs where nothing of the package is beside it.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { BUNDLER } from "./bundle-inputs.mjs";
import { install, run } from "./pack.mjs";

const PROGRAM = `
import { AgentKey, engine, memory } from "keyrail";
import { hashKey } from "keyrail/keys";

const main = async () => {
  const ak = new AgentKey({ store: memory() });
  const { key } = await ak.create({ accountId: "acme", budgetCents: 100 });
  const { success } = await ak.trackUsage(key, { costCents: 60 });
  const { reason } = await ak.trackUsage(key, { costCents: 60 });
  await ak.close();
  process.stdout.write(JSON.stringify({ engine, hash: hashKey("abc"), success, reason }));
};
void main();
`;

const ANSWER = {
  engine: "wasm",
  hash: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  success: true,
  reason: "budget_exceeded",
};

describe("a server bundled into one file", () => {
  let installed;
  let elsewhere;
  before(() => {
    installed = install(BUNDLER);
    elsewhere = mkdtempSync(join(tmpdir(), "keyrail-bundled-"));
  });
  after(() => {
    installed?.remove();
    if (elsewhere) rmSync(elsewhere, { recursive: true, force: true });
  });

  for (const [format, extension] of [
    ["esm", "mjs"],
    ["cjs", "cjs"],
  ]) {
    test(`runs as ${format}`, async () => {
      const { build } = createRequire(join(installed.folder, "package.json"))("esbuild");
      const { outputFiles } = await build({
        stdin: { contents: PROGRAM, resolveDir: installed.folder },
        bundle: true,
        write: false,
        platform: "node",
        target: "node20",
        format,
        logLevel: "silent",
      });
      const file = join(elsewhere, `server.${extension}`);
      writeFileSync(file, outputFiles[0].text);
      const { KEYRAIL_ENGINE: _chosen, ...env } = process.env;
      assert.deepEqual(JSON.parse(run(process.execPath, [file], { cwd: elsewhere, env })), ANSWER);
    });
  }
});
