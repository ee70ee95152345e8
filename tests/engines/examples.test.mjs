// The examples in the docstrings of the pure functions run, and give what their comments say.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import * as keyrail from "keyrail";

const source = new URL("../../npm/keyrail/src/", import.meta.url);
const files = [
  ...["algebra", "keys"].flatMap((folder) =>
    readdirSync(new URL(`${folder}/`, source)).map((name) => `${folder}/${name}`),
  ),
  "duration.ts",
];

/** The code blocks of a file's docstrings, without their asterisks. */
const examplesOf = (text) =>
  [...text.matchAll(/\* ```ts\n([\s\S]*?) \* ```/g)].map(([, block]) => block.replaceAll(/^ \* ?/gm, ""));

/** `expression; // result`, the result also on lines of its own, as an assertion. */
const asserting = (example) =>
  example
    .replaceAll(/;\n\/\/ (?=[[{"])/g, "; // ")
    .replaceAll(/^(?!const |\/\/)(.+); \/\/ (.+)$/gm, "assert.deepEqual($1, $2);");

// `ttlMilliseconds` is for other parts of the package, and not exported by it.
const duration = await import(new URL("../../npm/keyrail/dist/duration.js", import.meta.url));
const names = { ...keyrail, ...duration, assert };

for (const file of files) {
  const examples = examplesOf(readFileSync(new URL(file, source), "utf8"));
  if (examples.length === 0) continue;
  test(`the examples in ${file} run on ${keyrail.engine}`, () => {
    for (const example of examples) {
      const code = asserting(example);
      assert.match(code, /assert|generateKey/, `says no result:\n${example}`);
      // In a block of its own, so that an example may name a result like a function.
      new Function(...Object.keys(names), `{ ${code} }`)(...Object.values(names));
    }
  });
}
