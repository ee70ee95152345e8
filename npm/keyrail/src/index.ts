/** Keyrail: a hard cap, scopes and an expiry on every API key, and on every key that key mints. */
import { engine as core, engineName } from "#engine";
import type { EngineName } from "./engine/types.js";
import { bindKeys } from "./keys/bind.js";

export { KeyrailError } from "./errors.js";

/** Which build of the core serves: `native` where the addon is in use, `wasm` where it is not. */
export const engine: EngineName = engineName;

const keys = bindKeys(core);
export const hashKey = keys.hashKey;
