// What a stranger gets from `npm install keyrail`.
import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { install, root, run } from "./pack.mjs";
import { asCommonJs, asModule, expressBlock } from "./readme-block.mjs";

const manifest = JSON.parse(readFileSync(join(root, "npm/keyrail/package.json"), "utf8"));
const subPaths = Object.keys(manifest.exports).filter((path) => path !== "./package.json");
const specifierOf = (path) => (path === "." ? "keyrail" : path.replace(/^\./, "keyrail"));

/** An environment in which nothing chooses the engine but the package. */
const strangersEnvironment = (extra = {}) => {
  const { KEYRAIL_ENGINE: _chosen, NODE_OPTIONS: _options, NODE_TEST_CONTEXT: _runner, ...rest } = process.env;
  return { ...rest, ...extra };
};

describe("the installed tarballs", () => {
  let installed;
  const node = (args, env) => run(process.execPath, args, { cwd: installed.folder, env: strangersEnvironment(env) });
  const evaluate = (type, source, env) => JSON.parse(node([`--input-type=${type}`, "--eval", source], env));

  before(() => {
    installed = install();
  });
  after(() => installed?.remove());

  test("every package holds what it says and nothing else", () => {
    for (const { name, files } of installed.packages) {
      const texts = ["LICENSE-APACHE", "LICENSE-MIT", ...(name === "keyrail" ? ["README.md"] : [])];
      for (const text of texts) assert.ok(files.includes(text), `${name} lacks ${text}`);
      const unwanted = files.filter((path) =>
        /(^|\/)(src|tests?|node_modules)\/|\.test\.|\.map$|\.tsbuildinfo$/.test(path),
      );
      assert.deepEqual(unwanted, [], name);
    }
    const { files } = installed.packages.find(({ name }) => name === "keyrail");
    assert.deepEqual(files.filter((path) => path.endsWith(".wasm")).length, 2, "both WASM modules are shipped");
    assert.deepEqual(
      files.filter((path) => path.endsWith(".node")),
      [],
      "addons travel in their own packages",
    );
  });

  test("every file that exports and imports point to is shipped", () => {
    const targets = (value) => (typeof value === "string" ? [value] : Object.values(value).flatMap(targets));
    const { files } = installed.packages.find(({ name }) => name === "keyrail");
    const named = targets([manifest.exports, manifest.imports, manifest.main, manifest.types]);
    const missing = named.map((path) => path.replace(/^\.\//, "")).filter((path) => !files.includes(path));
    assert.deepEqual(missing, []);
  });

  test("nothing shipped names a folder of the machine that built it, or a source map", () => {
    const folders = [root, homedir()].map((folder) => join(folder, "/"));
    for (const { name, files } of installed.packages) {
      for (const path of files) {
        const bytes = readFileSync(join(installed.folder, "node_modules", name, path), "latin1");
        for (const folder of folders) assert.ok(!bytes.includes(folder), `${name}/${path} names ${folder}`);
        assert.ok(!bytes.includes("sourceMappingURL"), `${name}/${path} names a source map`);
      }
    }
  });

  for (const path of subPaths) {
    const specifier = specifierOf(path);
    test(`${specifier} gives the same names to import, to require, and to import of its CJS build`, () => {
      const names =
        "const names = (module) => Object.keys(module).filter((name) => !['default', '__esModule', 'module.exports'].includes(name)).sort();";
      const imported = evaluate(
        "module",
        `import * as module from ${JSON.stringify(specifier)}; ${names} process.stdout.write(JSON.stringify(names(module)))`,
      );
      const required = evaluate(
        "commonjs",
        `${names} process.stdout.write(JSON.stringify(names(require(${JSON.stringify(specifier)}))))`,
      );
      const importedCjs = evaluate(
        "commonjs",
        `${names} import(require("node:url").pathToFileURL(require.resolve(${JSON.stringify(specifier)}))).then((module) => process.stdout.write(JSON.stringify(names(module))))`,
      );
      assert.ok(imported.length > 0, "it exports something");
      assert.deepEqual(required, imported);
      assert.deepEqual(importedCjs, imported);
    });
  }

  test("both engines load from the tarballs alone", () => {
    for (const engine of ["native", "wasm"]) {
      const source = `import { engine } from "keyrail"; process.stdout.write(JSON.stringify(engine))`;
      assert.equal(evaluate("module", source, { KEYRAIL_ENGINE: engine }), engine);
    }
  });

  test("the types resolve for a strict consumer", () => {
    const fixture = join(root, "tests/types/fixture");
    for (const resolution of ["node16", "bundler"]) {
      for (const file of [`tsconfig.${resolution}.json`, "consumer.mts", "consumer.cts"]) {
        cpSync(join(fixture, file), join(installed.folder, file));
      }
      node([join(root, "tests/node_modules/typescript/bin/tsc"), "--project", `tsconfig.${resolution}.json`]);
    }
  });

  for (const [file, program] of [
    ["readme.mjs", asModule],
    ["readme.cjs", asCommonJs],
  ]) {
    test(`the README's Express lines run as ${file}`, () => {
      writeFileSync(join(installed.folder, file), program(expressBlock(readFileSync(join(root, "README.md"), "utf8"))));
      const { anonymous, answered, refusal, budget } = JSON.parse(node([file]).split("\n").at(-1));
      assert.equal(anonymous.status, 401);
      assert.ok(answered >= 1, `no call was answered: ${JSON.stringify(refusal)}`);
      assert.equal(refusal.status, 429);
      assert.equal(JSON.parse(refusal.body).error, "budget_exceeded");
      assert.ok(budget.usedCents > 0 && budget.usedCents <= budget.limitCents, JSON.stringify(budget));
    });
  }
});
