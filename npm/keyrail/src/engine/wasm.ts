/** The whole core as WebAssembly. */
import * as glue from "../generated/keyrail.js";
import type { Engine } from "./types.js";

/** An engine over the bytes of `keyrail.wasm`, or a module compiled from them. */
export function wasmEngine(module: BufferSource | WebAssembly.Module): Engine {
  glue.initSync({ module });
  return { hashKey: glue.hashKey };
}
