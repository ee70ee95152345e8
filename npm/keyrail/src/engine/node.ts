/** The engine on Node: for each function the build of the core that serves it best. */
import { readFileSync } from "node:fs";
import { nativeEngine } from "./native.js";
import { addon, forced } from "./node-choice.js";
import type { Engine, EngineName } from "./types.js";
import { wasmEngine } from "./wasm.js";

/** Replaced by the build: the way from this file to the module. */
declare const KEYRAIL_WASM: string;

/**
 * Who serves what when both builds are there, with the median time of a call on Node 20
 * (addon against WebAssembly). Crossing into the addon costs 257 ns, into WebAssembly 5 ns.
 */
function mixed(native: Engine, wasm: Engine): Engine {
  return {
    // Caps of three nodes with five scopes each: 0.47 µs in WebAssembly.
    flat: wasm.flat,
    // Headroom of 8 nodes over 4 rows: 1.0 µs against 1.7 µs; over 100,000 rows: 9.4 ms against 12.6 ms.
    bulk: native.flat,
    // 0.85 µs against 1.9 µs: the addon's SHA-256 uses the processor's instructions.
    hashKey: native.hashKey,
    newKey: native.newKey,
    // Numbers in, a number out.
    metadataCreditLimit: wasm.metadataCreditLimit,
    metadataRateShare: wasm.metadataRateShare,
    // A charge by handle: 0.11 µs against 0.77 µs.
    ledger: wasm.ledger,
    recover: wasm.recover,
  };
}

function choose(): Engine {
  if (addon !== undefined && forced === "native") return nativeEngine(addon);
  const wasm = wasmEngine(readFileSync(new URL(KEYRAIL_WASM, import.meta.url)));
  return addon === undefined ? wasm : mixed(nativeEngine(addon), wasm);
}

/** The core. */
export const engine: Engine = choose();
/** Which build of the core serves: `native` where the addon is in use, `wasm` where it is not. */
export const engineName: EngineName = addon === undefined ? "wasm" : "native";
