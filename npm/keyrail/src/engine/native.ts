/** The core as a Node-API addon. */
import type { Addon } from "./addon.js";
import { nativeKeysEngine } from "./native-keys.js";
import { nativeLedgerPort } from "./native-ledger.js";
import type { Engine } from "./types.js";

/** An engine over the addon. */
export function nativeEngine(addon: Addon): Engine {
  const keys = nativeKeysEngine(addon);
  return {
    ...keys,
    bulk: keys.flat,
    metadataCreditLimit: addon.metadataCreditLimit,
    metadataRateShare: addon.metadataRateShare,
    ledger: () => nativeLedgerPort(new addon.LedgerPort()),
    // A panic unwinds out of the addon and leaves only its own ledger in doubt.
    recover: () => undefined,
  };
}
