/** How long a requested key would live, to compare it with what the caller may ask for. */
import { expiryFromDuration } from "../duration.js";

/**
 * The ms of a duration such as `"24h"`, or `undefined` where the text is none: `create` refuses it by name.
 *
 * @example
 * ```ts
 * lifetimeMs("30m"); // 1_800_000
 * ```
 */
export function lifetimeMs(duration: string): number | undefined {
  try {
    return expiryFromDuration(duration, 0)?.getTime();
  } catch {
    return undefined;
  }
}
