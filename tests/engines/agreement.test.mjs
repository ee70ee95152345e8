// The same questions get the same answers on both builds of the core.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("./answers.mjs", import.meta.url));

const answersOf = (engine, seed) => {
  const env = { ...process.env, KEYRAIL_ENGINE: engine };
  const run = spawnSync(process.execPath, [script, String(seed)], { env, encoding: "utf8", maxBuffer: 2 ** 28 });
  assert.equal(run.status, 0, run.stderr);
  return run.stdout.split("\n");
};

for (const seed of [1, 2, 3]) {
  test(`native, wasm and the default answer alike (seed ${seed})`, () => {
    const native = answersOf("native", seed);
    assert.ok(native.length > 6000);
    for (const engine of ["wasm", ""]) {
      const other = answersOf(engine, seed);
      for (const [index, line] of native.entries()) assert.equal(other[index], line);
      assert.equal(other.length, native.length);
    }
  });
}
