/** Numbers on their way into the core, where NaN stands for an absent one. */
import { KeyrailError } from "../errors.js";

/** A bound: null or undefined is none. Anything that is not a finite number is refused, since a cap must not vanish. */
export function bound(value: number | null | undefined, name: string): number {
  return value === null || value === undefined ? Number.NaN : finite(value, name);
}

/** A finite number, or a clear error. */
export function finite(value: number, name: string): number {
  if (Number.isFinite(value)) return value;
  return refuse(value, name);
}

/** Apart, so that the check is short enough to be inlined. */
function refuse(value: unknown, name: string): never {
  throw new KeyrailError(
    "invalid_number",
    `${name} is ${typeof value === "number" ? value : typeof value}; pass a finite number`,
  );
}

/** A bound on its way out. */
export function orNull(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}
