// Every sub-path under the conditions of every runtime, in both module systems.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { BUNDLER, bundleInputs, FORMS, TARGETS } from "./bundle-inputs.mjs";
import { install, root } from "./pack.mjs";

const manifest = JSON.parse(readFileSync(join(root, "npm/keyrail/package.json"), "utf8"));
const specifiers = Object.keys(manifest.exports)
  .filter((path) => path !== "./package.json")
  .map((path) => path.replace(/^\./, "keyrail"));

/** What `imports` names: a bundle has one of them or, where nothing is computed, none. */
const engines = new Set(
  Object.values(manifest.imports).flatMap((targets) => Object.values(targets).map((path) => path.split("/").at(-1))),
);
const keysEngine = (engine) => engine.replace(".", "-keys.");

/** The engine that a sub-path must come to; adapters may come to the whole one, or to none. */
const allowedEngines = (specifier, { engine }) => {
  if (specifier === "keyrail") return [[engine]];
  if (specifier === "keyrail/keys") return [[keysEngine(engine)]];
  // A file needs the addon, which only Node and its likes load: elsewhere the store says so when it is made.
  if (specifier === "keyrail/stores/sqlite") return [[engine === "node.js" ? "node-sqlite.js" : "no-sqlite.js"]];
  return [[], [engine]];
};

/** What a bundle may leave to the runtime. */
const mayLeave = {
  workerd: /^dist\/keyrail(-keys)?\.wasm$/,
  "edge-light": /^dist\/keyrail(-keys)?\.wasm\?module$/,
  browser: /^(?!)/,
  node: /^(node:)?[a-z_]+$/,
  "no target": /^(?!)/,
};

describe("the bundled tarball", () => {
  let installed;
  before(() => {
    installed = install(BUNDLER);
  });
  after(() => installed?.remove());

  for (const specifier of specifiers) {
    for (const [name, target] of Object.entries(TARGETS)) {
      for (const [form, { half }] of Object.entries(FORMS)) {
        test(`${form} of ${specifier} for ${name}`, async () => {
          const { files, imports } = await bundleInputs(installed.folder, specifier, name, form);
          assert.ok(files.length > 0, "the bundle holds something of the package");
          const inHalf = (path) => path.startsWith(half) && path.startsWith("dist/cjs/") === (form === "require");
          assert.deepEqual(
            files.filter((path) => !inHalf(path)),
            [],
            `everything comes from ${half}`,
          );
          const chosen = files.map((path) => path.split("/engine/")[1]).filter((path) => engines.has(path));
          const allowed = allowedEngines(specifier, target);
          assert.ok(
            allowed.some((wanted) => wanted.join() === chosen.join()),
            `the engines are ${chosen.join()}, not ${allowed.join(" or ")}`,
          );
          assert.deepEqual(
            imports.filter((path) => !mayLeave[name].test(path)),
            [],
            "nothing is left to the runtime but what it has",
          );
        });
      }
    }
  }
});
