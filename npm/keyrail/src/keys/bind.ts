/** The key functions over an engine: the whole core's, or that of the keys-only module. */
import type { KeysEngine } from "../engine/types.js";

/** The functions of `keyrail/keys`. */
export interface Keys {
  /** The hash of a secret: SHA-256 of its UTF-8 bytes, as 64 lowercase hex digits. */
  hashKey(key: string): string;
}

/** The key functions over one engine. */
export function bindKeys(engine: KeysEngine): Keys {
  return { hashKey: (key) => engine.hashKey(key) };
}
