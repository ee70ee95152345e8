/** One answer of Node's HTTP server and the hold behind it, which ends when the answer does. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Ending, endOnce, type HoldKeeper } from "../guard/index.js";
import { isLost, onConnectionLost } from "./connection.js";

/** Whether somebody else has answered, or nobody listens any more: then no work may begin. */
export function isOver(req: IncomingMessage, res: ServerResponse): boolean {
  return res.writableEnded || res.destroyed || isLost(req);
}

/**
 * Ends a hold once: when the answer finished, or when the connection closed before the handler ended it.
 *
 * @param ending tells what becomes of it, by whether the client went away first
 * @example
 * ```ts
 * endWithAnswer(keeper, req, res, async (isAborted) => (isAborted ? "keep" : "settle"));
 * ```
 */
export function endWithAnswer(
  keeper: HoldKeeper,
  req: IncomingMessage,
  res: ServerResponse,
  ending: (isAborted: boolean) => Ending | Promise<Ending>,
): void {
  const endKeeper = endOnce(keeper);
  let isEnded = false;
  const end = () => {
    if (isEnded) return;
    isEnded = true;
    forgetConnection();
    // An answer that the handler completed is work done, also if the client did not take all of it. Over HTTP/2
    // one that was left says `finish` too.
    const isAborted = !res.writableEnded;
    void endKeeper(() => ending(isAborted));
  };
  const forgetConnection = onConnectionLost(req, end);
  // Not `once`, which would wrap and remove each.
  res.on("finish", end);
  res.on("close", end);
}
