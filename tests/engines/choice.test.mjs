// Which build of the core serves, and that the choice can be forced.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));

const run = (engine, script) =>
  spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: here,
    env: { ...process.env, KEYRAIL_ENGINE: engine },
    encoding: "utf8",
  });

const printed = (engine, script) => {
  const { status, stdout, stderr } = run(engine, script);
  assert.equal(status, 0, stderr);
  return stdout.trim();
};

test("KEYRAIL_ENGINE forces an engine, and the default uses the addon where it is", () => {
  const name = 'import { engine } from "keyrail"; console.log(engine);';
  for (const [forced, expected] of [
    ["native", "native"],
    ["wasm", "wasm"],
    ["", "native"],
  ]) {
    assert.equal(printed(forced, name), expected);
  }
});

test("an engine that does not exist is refused by name", () => {
  const script = 'await import("keyrail").catch(({ name, code, message }) => console.log(name, code, message));';
  assert.equal(
    printed("jvm", script),
    'KeyrailError unknown_engine KEYRAIL_ENGINE is "jvm"; set it to native or wasm, or unset it',
  );
});

test("ESM and CommonJS give the same exports, also visible to import()", () => {
  const script = `
    import * as esm from "keyrail";
    import { createRequire } from "node:module";
    const require = createRequire(import.meta.url);
    const cjs = require("keyrail");
    const imported = await import(require.resolve("keyrail"));
    const names = (module) => Object.keys(module).filter((name) => name !== "default" && name !== "module.exports").sort().join();
    console.log(names(esm) === names(cjs), names(esm) === names(imported), esm.hashKey("a") === cjs.hashKey("a"));
  `;
  assert.equal(printed("", script), "true true true");
});

test("the keys alone answer like the whole", () => {
  const script = `
    import * as whole from "keyrail";
    import * as keys from "keyrail/keys";
    const { key, keyHash, keyPrefix } = keys.generateKey(keys.WORLDMONITOR);
    console.log(whole.hashKey(key) === keyHash, whole.keyPrefix(key, whole.WORLDMONITOR) === keyPrefix, whole.parseKey(key, whole.WORLDMONITOR).ok);
  `;
  for (const engine of ["native", "wasm"]) assert.equal(printed(engine, script), "true true true");
});

test("the engine for runtimes without files answers too", async () => {
  const dist = new URL("../../npm/keyrail/dist/engine/", import.meta.url);
  for (const name of ["inlined", "inlined-keys"]) {
    const { engine } = await import(new URL(`${name}.js`, dist));
    assert.equal(engine.hashKey("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  }
});
