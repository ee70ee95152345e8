/** The key functions on Node. */
import { base64 } from "../generated/keyrail-keys.inlined.js";
import { bytesOfBase64 } from "./base64.js";
import { nativeKeysEngine } from "./native-keys.js";
import { addon } from "./node-choice.js";
import type { KeysEngine } from "./types.js";
import { wasmKeysEngine } from "./wasm-keys.js";

/** The key functions of the core. */
export const engine: KeysEngine = addon === undefined ? wasmKeysEngine(bytesOfBase64(base64)) : nativeKeysEngine(addon);
