/** The key functions on Node. */
import { readFileSync } from "node:fs";
import { nativeKeysEngine } from "./native-keys.js";
import { addon } from "./node-choice.js";
import type { KeysEngine } from "./types.js";
import { wasmKeysEngine } from "./wasm-keys.js";

/** Replaced by the build: the way from this file to the module. */
declare const KEYRAIL_KEYS_WASM: string;

/** The key functions of the core. */
export const engine: KeysEngine =
  addon === undefined
    ? wasmKeysEngine(readFileSync(new URL(KEYRAIL_KEYS_WASM, import.meta.url)))
    : nativeKeysEngine(addon);
