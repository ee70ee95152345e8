/** The whole core as WebAssembly. */
import * as glue from "../generated/keyrail.js";
import { WasmFlat } from "./flat-wasm.js";
import type { Engine } from "./types.js";
import { wasmLedgerPort } from "./wasm-ledger.js";

/** An engine over the bytes of `keyrail.wasm`, or a module compiled from them. */
export function wasmEngine(module: BufferSource | WebAssembly.Module): Engine {
  // The raw exports: a call with numbers alone then crosses in a few nanoseconds.
  let exports = glue.initSync({ module });
  const flat = new WasmFlat(exports);
  return {
    flat,
    bulk: flat,
    hashKey: glue.hashKey,
    newKey: glue.newKey,
    metadataCreditLimit: (value) => exports.metadataCreditLimit(value),
    metadataRateShare: (value) => exports.metadataRateShare(value),
    ledger: () => wasmLedgerPort(new glue.LedgerPort(), exports.memory),
    recover: (fault) => {
      // After a trap nothing in the instance's memory can be relied on. Any other fault left it whole.
      if (!(fault instanceof WebAssembly.RuntimeError)) return;
      glue.__wbg_reset_state();
      exports = glue.initSync({ module });
      flat.renew(exports);
    },
  };
}
