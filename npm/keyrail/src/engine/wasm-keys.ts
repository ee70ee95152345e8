/** The key functions alone as WebAssembly, for pages. */
import * as glue from "../generated/keyrail-keys.js";
import { WasmFlat } from "./flat-wasm.js";
import type { KeysEngine } from "./types.js";

/** An engine over the bytes of `keyrail-keys.wasm`, or a module compiled from them. */
export function wasmKeysEngine(module: BufferSource | WebAssembly.Module): KeysEngine {
  const exports = glue.initSync({ module });
  return { flat: new WasmFlat(exports), hashKey: glue.hashKey, newKey: glue.newKey };
}
