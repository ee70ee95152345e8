/** Secrets alone, without the rest of Keyrail: for pages that make or check a key. */
import { engine } from "#keys-engine";
import { bindKeys } from "./bind.js";

const keys = bindKeys(engine);

export const hashKey = keys.hashKey;
