/** The core as a Node-API addon. */
import type { Engine } from "./types.js";

/** What the addon exports. */
export interface Addon {
  hashKey(secret: string): string;
}

/** An engine over the addon. */
export function nativeEngine(addon: Addon): Engine {
  return { hashKey: addon.hashKey };
}
