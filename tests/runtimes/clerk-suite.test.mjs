// The HTTP suite of Clerk's credentials, whole, on the newest Node: it runs on this one as the suite `clerk`.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { packagedNode } from "./command-line.mjs";

const FOLDER = fileURLToPath(new URL("../clerk/", import.meta.url));
const node = packagedNode("24");

test(`the HTTP suite of Clerk's credentials on ${node.title}`, {
  skip: node.missing ?? false,
  timeout: 600_000,
}, async () => {
  const files = readdirSync(FOLDER).filter((name) => /^http-.*\.test\.mjs$/.test(name));
  assert.ok(files.length >= 6, files.join());
  const { NODE_TEST_CONTEXT: _runner, NODE_OPTIONS: _options, KEYRAIL_ENGINE: _engine, ...env } = process.env;
  const args = ["--test", "--test-reporter=tap", "--test-concurrency=3", ...files];
  const suite = spawn(node.program(), args, { cwd: FOLDER, env, stdio: ["ignore", "pipe", "inherit"] });
  const log = await text(suite.stdout);
  const counts = Object.fromEntries(
    [...log.matchAll(/^# (\w+) (\d+)$/gm)].map(([, what, count]) => [what, Number(count)]),
  );
  const failed = log.split("\n").filter((line) => line.startsWith("not ok"));
  assert.deepEqual([failed, counts.fail, counts.skipped, counts.cancelled], [[], 0, 0, 0]);
  assert.ok(counts.pass > 1_000, `only ${counts.pass} tests`);
});
