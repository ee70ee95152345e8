// Large and endless inputs: memory grows, the table of scopes does not grow for ever.
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const under = (engine, script, flags = []) =>
  execFileSync(
    process.execPath,
    [
      ...flags,
      "--input-type=module",
      "--eval",
      `import * as keyrail from "keyrail"; import assert from "node:assert/strict"; ${script}`,
    ],
    {
      cwd: here,
      env: { ...process.env, KEYRAIL_ENGINE: engine },
    },
  );

const node =
  "const node = (path, scopes, cap) => ({ keyId: path, path, scopes, ownCreditLimit: cap, ownRateSharePct: null, ownExpiresAt: null });";

for (const engine of ["native", "wasm"]) {
  test(`views are made anew when memory grows (${engine})`, () => {
    under(
      engine,
      `${node}
      const many = Array.from({ length: 50_000 }, (_, index) => "scope" + index);
      assert.deepEqual(keyrail.effectiveCaps([node("a", many, 1), node("a/b", many.slice(0, 40_000), 2)]).scopes, many.slice(0, 40_000));
      const long = "x".repeat(1_000_000);
      assert.equal(keyrail.childPath(long, "é"), long + "/é");
      assert.equal(keyrail.escapeLike(long), long);
      assert.equal(keyrail.hashKey(long).length, 64);
      assert.deepEqual(keyrail.ancestorIdsOf("a/".repeat(30_000)), Array(30_000).fill("a"));
      const rows = Array.from({ length: 100_000 }, (_, index) => ({ path: "a/" + (index % 100), spent: 0.01 }));
      assert.deepEqual(keyrail.pooledHeadroom([node("a", [], 2_000)], rows), { limit: 2_000, spent: 1_000, remaining: 1_000 });
      assert.deepEqual(keyrail.effectiveCaps([node("a", ["r"], 1)]).scopes, ["r"]);`,
    );
  });

  test(`a scope that stays is known when the table of scopes starts anew (${engine})`, () => {
    under(
      engine,
      `${node}
      for (let round = 0; round < 1_000; round += 1) {
        const scopes = ["stays", "", ...Array.from({ length: 10 }, (_, index) => "s" + round + "." + index), "stays too"];
        assert.deepEqual(keyrail.effectiveCaps([node("a", scopes, 1), node("a/b", scopes.toReversed(), 1)]).scopes, scopes);
      }`,
    );
  });

  test(`endless new scopes do not pile up (${engine})`, () => {
    under(
      engine,
      `${node}
      const scope = (round, index) => ("s" + round + "." + index).padEnd(1_000, "x");
      for (let round = 0; round < 3_000; round += 1) {
        const scopes = Array.from({ length: 20 }, (_, index) => scope(round, index));
        assert.deepEqual(keyrail.effectiveCaps([node("a", scopes, 1)]).scopes, scopes);
      }`,
      ["--max-old-space-size=32"],
    );
  });
}
