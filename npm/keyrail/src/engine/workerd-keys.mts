/** The key functions on workerd, from a module that the Worker imports. */
import module from "../generated/keyrail-keys.wasm";
import type { KeysEngine } from "./types.js";
import { wasmKeysEngine } from "./wasm-keys.js";

/** The key functions of the core. */
export const engine: KeysEngine = wasmKeysEngine(module);
