/** How long a requested key would live, to compare it with what the caller may ask for. */

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000, mo: 2_592_000_000 };

/**
 * The ms of a duration such as `"24h"`, or `undefined` where the text is none: `create` refuses it by name.
 *
 * @example
 * ```ts
 * lifetimeMs("30m"); // 1_800_000
 * ```
 */
export function lifetimeMs(duration: string): number | undefined {
  const [, count, unit] = /^(\d+)(mo|h|d|m)$/.exec(duration) ?? [];
  return count === undefined ? undefined : Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
}
