// Machine secrets have no way into a page: what handles them is not in its bundle, and says so when it is called.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { BUNDLER, bundleInputs, FORMS, TARGETS } from "./bundle-inputs.mjs";
import { install, run } from "./pack.mjs";

/** The files that read, send or keep a machine's secret. */
const SERVERS_ALONE = /\/clerk\/(server-parts|env|m2m|m2m-options|m2m-read|clerk-call|retirements)\.js$/;
const FOR_PAGES = /\/clerk\/page-parts\.js$/;
/** What a bundle that handles secrets would hold, whatever its names were made into. */
const TRACES = ["SECRET_KEY", "machineSecretKey", "secretKey", "previousTokenTtl"];

describe("keyrail/clerk in a bundle", () => {
  let installed;
  let elsewhere;
  before(() => {
    installed = install(BUNDLER);
    elsewhere = mkdtempSync(join(tmpdir(), "keyrail-page-"));
  });
  after(() => {
    installed?.remove();
    if (elsewhere) rmSync(elsewhere, { recursive: true, force: true });
  });
  const bundled = (specifier, target, form) => bundleInputs(installed.folder, specifier, target, form);

  for (const form of Object.keys(FORMS)) {
    test(`${form}: of a page holds nothing that handles machine secrets`, async () => {
      const { files, script } = await bundled("keyrail/clerk", "browser", form);
      assert.deepEqual(
        files.filter((path) => SERVERS_ALONE.test(path)),
        [],
      );
      assert.equal(files.filter((path) => FOR_PAGES.test(path)).length, 1);
      assert.deepEqual(
        TRACES.filter((trace) => script.includes(trace)),
        [],
      );
    });

    for (const target of Object.keys(TARGETS).filter((name) => name !== "browser")) {
      test(`${form}: for ${target} holds all of it`, async () => {
        const { files, script } = await bundled("keyrail/clerk", target, form);
        assert.ok(files.some((path) => SERVERS_ALONE.test(path)));
        assert.ok(!files.some((path) => FOR_PAGES.test(path)));
        assert.deepEqual(
          TRACES.filter((trace) => !script.includes(trace)),
          [],
          "so the traces above are those of what was looked for",
        );
      });
    }
  }

  test("in a page says what to do when it is called", async () => {
    const { script } = await bundled("keyrail/clerk", "browser");
    const page = join(elsewhere, "page.mjs");
    writeFileSync(page, script);
    const { loadClerkEnv, createM2M, clerkApiKeyMiddleware } = await import(pathToFileURL(page).href);
    const isRefusal = ({ name, code, message }) =>
      name === "KeyrailError" && code === "server_only" && /call it on a server/.test(message);
    assert.throws(() => loadClerkEnv({ CLERK_SECRET_KEY: "sk_1" }), isRefusal);
    assert.throws(() => createM2M({ clerkClient: {} }), isRefusal);
    assert.equal(typeof clerkApiKeyMiddleware, "function");
  });

  test("a worker's bundler that also says browser gets the server's parts", () => {
    const program = `process.stdout.write(import.meta.resolve("#clerk-server"))`;
    const resolved = (...conditions) => {
      const home = join(installed.folder, "node_modules/keyrail");
      const chosen = conditions.flatMap((condition) => ["--conditions", condition]);
      const node = [...chosen, "--input-type=module", "--eval", program];
      return run(process.execPath, node, { cwd: home }).split("/").at(-1);
    };
    assert.equal(resolved(), "server-parts.js");
    assert.equal(resolved("browser"), "page-parts.js");
    for (const worker of ["worker", "workerd", "edge-light"]) {
      assert.equal(resolved(worker, "browser"), "server-parts.js");
    }
  });

  test("keyrail/keys of a page knows nothing of Clerk", async () => {
    const { files, script } = await bundled("keyrail/keys", "browser");
    assert.ok(files.length > 0 && !files.some((path) => path.includes("/clerk/")));
    assert.doesNotMatch(script, /clerk/i);
  });
});
