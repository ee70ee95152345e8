/** The key functions on Vercel's edge; `?module` asks for a module. */
import module from "../generated/keyrail-keys.wasm?module";
import { ofOwnRealm } from "./own-realm.js";
import type { KeysEngine } from "./types.js";
import { wasmKeysEngine } from "./wasm-keys.js";

/** The key functions of the core. */
export const engine: KeysEngine = wasmKeysEngine(ofOwnRealm(module));
