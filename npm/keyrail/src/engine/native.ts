/** The core as a Node-API addon. */
import { NativeFlat } from "./flat-native.js";
import { type NativeLedger, nativeLedgerPort } from "./native-ledger.js";
import type { AlgebraCalls, Engine } from "./types.js";

/** The addon's object over one pair of blocks. */
export type AddonBlocks = AlgebraCalls;

/** What the addon exports. */
export interface Addon {
  FlatBlocks: new (words: Float64Array, text: Uint16Array) => AddonBlocks;
  hashKey(secret: string): string;
  newKey(prefix: string, bytes: number): string | null;
  metadataCreditLimit(value: number): number;
  metadataRateShare(value: number): number;
  LedgerPort: new () => NativeLedger;
}

/** An engine over the addon. */
export function nativeEngine(addon: Addon): Engine {
  const flat = new NativeFlat(addon);
  return {
    flat,
    bulk: flat,
    hashKey: addon.hashKey,
    newKey: (prefix, bytes) => addon.newKey(prefix, bytes) ?? undefined,
    metadataCreditLimit: addon.metadataCreditLimit,
    metadataRateShare: addon.metadataRateShare,
    ledger: () => nativeLedgerPort(new addon.LedgerPort()),
    // A panic unwinds out of the addon and leaves only its own ledger in doubt.
    recover: () => undefined,
  };
}
