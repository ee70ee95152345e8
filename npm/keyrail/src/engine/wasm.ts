/** The whole core as WebAssembly. */
import * as glue from "../generated/keyrail.js";
import { WasmFlat } from "./flat-wasm.js";
import type { Engine } from "./types.js";
import { wasmLedgerPort } from "./wasm-ledger.js";

/** An engine over the bytes of `keyrail.wasm`, or a module compiled from them. */
export function wasmEngine(module: BufferSource | WebAssembly.Module): Engine {
  // The raw exports: a call with numbers alone then crosses in a few nanoseconds.
  const exports = glue.initSync({ module });
  const flat = new WasmFlat(exports);
  return {
    flat,
    bulk: flat,
    hashKey: glue.hashKey,
    newKey: glue.newKey,
    metadataCreditLimit: exports.metadataCreditLimit,
    metadataRateShare: exports.metadataRateShare,
    ledger: () => wasmLedgerPort(new glue.LedgerPort(), exports.memory),
  };
}
