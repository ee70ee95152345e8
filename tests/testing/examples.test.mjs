// The examples in the docstrings of the suites run as they stand.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const source = new URL("../../npm/keyrail/src/testing/", import.meta.url);
const folder = fileURLToPath(new URL(".", import.meta.url));

for (const [file, said] of [
  ["store-suite.ts", /^\d\d laws hold\n$/],
  ["authority-suite.ts", /^\d\d scripts agree\n$/],
]) {
  test(`the example of ${file}`, () => {
    const [, block] = /\* ```ts\n([\s\S]*?) \* ```/.exec(readFileSync(new URL(file, source), "utf8"));
    const program = block.replaceAll(/^ \* ?/gm, "");
    const args = ["--input-type=module", "--eval", program];
    assert.match(execFileSync(process.execPath, args, { cwd: folder, encoding: "utf8" }), said);
  });
}
