// What may not be in a bundle of `keyrail/keys`: a page that loads it wants keys and nothing else.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { BUNDLER, bundleInputs, TARGETS } from "./bundle-inputs.mjs";
import { install } from "./pack.mjs";

const MAY_NOT = {
  "a store": /\/stores?\//,
  "the request loop": /\/loop\//,
  "the ledger": /ledger/,
  AgentKey: /\/agent-key\//,
  "the guard": /\/guard\//,
  "the Express adapter": /\/express\//,
  "the algebra": /\/algebra\//,
  "the whole engine": /\/engine\/(wasm|native|inlined|node|workerd|edge-light)\.m?js$/,
  "the whole WASM module": /\/keyrail(\.inlined)?\.(js|wasm)/,
};

/** The parts of the package that keys are made of; any other part, also a new one, has no place there. */
const PARTS = ["engine", "errors.js", "flat", "generated", "keys"];

/** What of the list is in a bundle, by its name. */
const unwanted = ({ files, imports }) => {
  const all = [...files, ...imports];
  const named = Object.keys(MAY_NOT).filter((name) => all.some((path) => MAY_NOT[name].test(path)));
  const others = files.map((path) => path.split("/")[1]).filter((part) => !PARTS.includes(part));
  return [...named, ...new Set(others)];
};

describe("a bundle of keyrail/keys", () => {
  let installed;
  before(() => {
    installed = install(BUNDLER);
  });
  after(() => installed?.remove());

  for (const target of Object.keys(TARGETS)) {
    test(`for ${target} holds keys and nothing else`, async (t) => {
      const bundled = await bundleInputs(installed.folder, "keyrail/keys", target);
      assert.deepEqual(unwanted(bundled), []);
      const modules = bundled.imports.filter((path) => path.includes(".wasm")).map((path) => path.split("?")[0]);
      const sizes = modules.map((path) => {
        const bytes = readFileSync(join(installed.folder, "node_modules/keyrail", path));
        return `, ${path} ${gzipSync(bytes, { level: 9 }).length} B`;
      });
      t.diagnostic(`gzip: script ${gzipSync(bundled.script, { level: 9 }).length} B${sizes.join("")}`);
    });
  }

  test("would not pass with any of what may not be there", async () => {
    const everything = await Promise.all(
      ["keyrail", "keyrail/express"].map((specifier) => bundleInputs(installed.folder, specifier, "workerd")),
    );
    const found = new Set(everything.flatMap(unwanted));
    assert.deepEqual(
      Object.keys(MAY_NOT).filter((name) => !found.has(name)),
      [],
    );
    for (const part of ["agent-key", "algebra", "express", "guard", "loop", "stores"]) assert.ok(found.has(part), part);
  });
});
