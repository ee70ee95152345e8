/** Keyrail: a hard cap, scopes and an expiry on every API key, and on every key that key mints. */
import { engineName } from "#engine";
import type { EngineName } from "./engine/types.js";

export { AgentKey } from "./agent-key/agent-key.js";
export type * from "./agent-key/types.js";
export * from "./algebra/index.js";
export { expiryFromDuration } from "./duration.js";
export type { EngineName } from "./engine/types.js";
export { KeyrailError } from "./errors.js";
export * from "./keys/whole.js";
export type {
  Bucket,
  Check,
  Commit,
  CommitResult,
  EntryKind,
  EntryRef,
  EntryRow,
  HoldRow,
  ListQuery,
  NodeRow,
  Page,
  Ref as ReadRef,
  Row,
  RowRef,
  Store,
  Stored,
  Version,
} from "./store/contract.js";
export { memory } from "./stores/memory.js";

/** Which build of the core serves: `native` where the addon is in use, `wasm` where it is not. */
export const engine: EngineName = engineName;
