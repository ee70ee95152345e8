// What Node, Bun and Deno run: the suite on the package as they resolve it, and one line of JSON.
import { collectCases } from "./collect-cases.mjs";
import { runtimeSuite } from "./suite.mjs";

const began = performance.now();
const keyrail = await import("keyrail");
keyrail.hashKey("first call");
const startUpMs = performance.now() - began;

const { checks, results } = await runtimeSuite(keyrail, await import("keyrail/keys"), collectCases());
// Bun and Deno also name the Node that they imitate.
const version = globalThis.Bun?.version ?? globalThis.Deno?.version.deno ?? process.versions.node;
const name = "Bun" in globalThis ? "bun" : "Deno" in globalThis ? "deno" : "node";
console.log(JSON.stringify({ name, version, engine: keyrail.engine, startUpMs, checks, results }));
