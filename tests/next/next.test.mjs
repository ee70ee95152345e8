// Next.js for real: a site with guarded routes is built by each of its bundlers, types and all, and started;
// its server also answers every case of the shared HTTP suite.
import { after } from "node:test";
import { ADAPTERS } from "../http/adapters.mjs";
import { BUNDLERS, build, installKeyrail } from "./build.mjs";
import { startCases } from "./cases.mjs";
import { testEmitted } from "./emitted.mjs";
import { testStarted } from "./started.mjs";

const SHARED = [
  "abort",
  "bearer",
  "concurrency",
  "extend",
  "hold",
  "hold-at-once",
  "http-table",
  "older-keys",
  "stream",
];

installKeyrail();
for (const bundler of BUNDLERS) {
  build(bundler);
  testEmitted(bundler);
  await testStarted(bundler);
}
const { adapter, stop } = await startCases();
after(stop);
ADAPTERS.splice(0, ADAPTERS.length, adapter);
for (const name of SHARED) await import(`../http/${name}.test.mjs`);
