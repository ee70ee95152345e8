/** The key functions for runtimes that neither read files nor import a `.wasm`. */
import { base64 } from "../generated/keyrail-keys.inlined.js";
import { bytesOfBase64 } from "./base64.js";
import type { KeysEngine } from "./types.js";
import { wasmKeysEngine } from "./wasm-keys.js";

/** The key functions of the core. */
export const engine: KeysEngine = wasmKeysEngine(bytesOfBase64(base64));
