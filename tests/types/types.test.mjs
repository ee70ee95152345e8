// The sources and two consumers type-check, with the oldest and the newest compiler that we name.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

const newest = path("../../npm/keyrail/node_modules/typescript/bin/tsc");
const oldest = path("../node_modules/typescript/bin/tsc");

const check = (compiler, project) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [compiler, "--noEmit", "--project", project], {
    encoding: "utf8",
  });
  assert.equal(status, 0, `${stdout}${stderr}`);
};

test("the sources of the package", () => check(newest, path("../../npm/keyrail/tsconfig.json")));

for (const [name, compiler] of Object.entries({ oldest, newest })) {
  for (const resolution of ["node16", "bundler"]) {
    test(`an ESM and a CJS consumer, ${resolution} resolution, ${name} compiler`, () =>
      check(compiler, path(`fixture/tsconfig.${resolution}.json`)));
  }
}

test("the ESM consumer with the types of Fastify 4", () => check(newest, path("fixture/tsconfig.fastify4.json")));

for (const [name, compiler] of Object.entries({ oldest, newest })) {
  test(`clients of Clerk's SDK, of today and of the peer range's beginning, ${name} compiler`, () =>
    check(compiler, path("fixture/tsconfig.clerk.json")));
}
