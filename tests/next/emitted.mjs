// What a bundler wrote beside its bundles. Older versions of Next fail at a module that is emitted as an asset.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { site } from "./build.mjs";

/** Registers the test of what one bundler has written. */
export function testEmitted(bundler) {
  test(`${bundler}: no module of the package is emitted as it is`, () => {
    const written = join(site, `.${bundler}`, "server");
    const scripts = readdirSync(written, { recursive: true }).filter((name) => name.endsWith(".js"));
    assert.ok(scripts.length > 5, `only ${scripts.length} scripts`);
    const unbundled = scripts.filter((name) => readFileSync(join(written, name), "utf8").includes('from "#engine"'));
    assert.deepEqual(unbundled, []);
  });
}
