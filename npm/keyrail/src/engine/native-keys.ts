/** The key functions of the Node-API addon. */
import type { Addon } from "./addon.js";
import { NativeFlat } from "./flat-native.js";
import type { KeysEngine } from "./types.js";

/** The key functions over the addon; its blocks serve every other call too. */
export function nativeKeysEngine(addon: Addon): KeysEngine & { readonly flat: NativeFlat } {
  return {
    flat: new NativeFlat(addon),
    hashKey: addon.hashKey,
    newKey: (prefix, bytes) => addon.newKey(prefix, bytes) ?? undefined,
  };
}
