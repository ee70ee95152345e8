/** What the native addon exports. */
import type { NativeLedger } from "./native-ledger.js";
import type { SqliteAddon } from "./sqlite-file.js";
import type { AlgebraCalls } from "./types.js";

/** The addon's exports, by the names that napi gives them. */
export interface Addon extends SqliteAddon {
  FlatBlocks: new (words: Float64Array, text: Uint16Array) => AlgebraCalls;
  hashKey(secret: string): string;
  newKey(prefix: string, bytes: number): string | null;
  metadataCreditLimit(value: number): number;
  metadataRateShare(value: number): number;
  LedgerPort: new () => NativeLedger;
}
