/** The engine on Vercel's edge, which compiles no bytes while it runs; `?module` asks for a module. */
import module from "../generated/keyrail.wasm?module";
import { ofOwnRealm } from "./own-realm.js";
import type { Engine, EngineName } from "./types.js";
import { wasmEngine } from "./wasm.js";

/** The core. */
export const engine: Engine = wasmEngine(ofOwnRealm(module));
/** Which build of the core serves. */
export const engineName: EngineName = "wasm";
