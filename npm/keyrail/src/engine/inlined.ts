/** The engine for runtimes that neither read files nor import a `.wasm`: the bytes are in the source. */
import { base64 } from "../generated/keyrail.inlined.js";
import { bytesOfBase64 } from "./base64.js";
import type { Engine, EngineName } from "./types.js";
import { wasmEngine } from "./wasm.js";

/** The core. */
export const engine: Engine = wasmEngine(bytesOfBase64(base64));
/** Which build of the core serves. */
export const engineName: EngineName = "wasm";
