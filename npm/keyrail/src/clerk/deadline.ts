/** Waits for a promise, though not for ever. */

/** What a timer takes at most. */
const TIMER_MS_MAX = 2_147_483_647;

/**
 * What a promise gives, or undefined when the time is over. The timer is the caller's own, so that in workerd it
 * wakes a request whose promise belongs to another one that is gone.
 *
 * @param promise one that does not reject
 * @param waitMs how long to wait
 */
export function within<T>(promise: Promise<T>, waitMs: number): Promise<T | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), Math.min(waitMs, TIMER_MS_MAX));
    promise.then((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
}
