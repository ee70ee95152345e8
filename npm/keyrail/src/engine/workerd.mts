/** The engine on workerd, which compiles no bytes while it runs: a Worker imports its modules. */
import module from "../generated/keyrail.wasm";
import type { Engine, EngineName } from "./types.js";
import { wasmEngine } from "./wasm.js";

/** The core. */
export const engine: Engine = wasmEngine(module);
/** Which build of the core serves. */
export const engineName: EngineName = "wasm";
