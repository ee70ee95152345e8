/** Ends the hold of an answer once, however many ways there are for an answer to end. */
import type { Ending, HoldKeeper } from "./request-hold.js";

/** Ends a hold by what this gives, unless it was called before; it rejects only if `ending` does. */
export type End = (ending: () => Ending | Promise<Ending>) => Promise<void>;

/**
 * Makes the one end of a hold: the first call decides, and later ones wait for it.
 *
 * @example
 * ```ts
 * const end = endOnce(keeper);
 * res.once("finish", () => end(() => "settle"));
 * res.once("close", () => end(() => "keep"));
 * ```
 */
export function endOnce(keeper: HoldKeeper): End {
  let ended: Promise<void> | undefined;
  const begin: End = async (ending) => {
    keeper.stopExtending();
    await keeper.end(await ending());
  };
  return (ending) => {
    ended ??= begin(ending);
    return ended;
  };
}
