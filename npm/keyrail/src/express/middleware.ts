/** The guard in front of an Express handler. */
import type { NextFunction, Request, RequestHandler, Response } from "express";
import type { ValidKey } from "../agent-key/types.js";
import {
  type AdmissionOptions,
  admission,
  canHold,
  type Denial,
  type Ending,
  endingOf,
  endOnce,
  type GuardedKeys,
  HoldKeeper,
  noticeUnreserved,
  type RequestHold,
  type Unsettled,
} from "../guard/index.js";
import { isLost, onConnectionLost } from "./connection.js";
import { watchHandlers } from "./handlers.js";

declare global {
  namespace Express {
    interface Request {
      /** The caller's key, where `agentKeyMiddleware` let the request through. */
      agentKey?: ValidKey;
      /** The money that this request holds, with `reserve`. */
      agentKeyHold?: RequestHold;
    }
  }
}

/** A middleware for any route: it leaves the types of the route's parameters to its handler. */
export type Guard = <Params>(req: Request<Params>, res: Response, next: NextFunction) => void;

/** What a guarded route asks for. */
export interface AgentKeyMiddlewareOptions extends AdmissionOptions<Request> {
  /**
   * What becomes of a hold that the handler left open when its answer finished. By default the reserved
   * amount is settled below status 500; from 500 on it is released once the handlers of the route,
   * where they are asynchronous, have ended.
   */
  readonly unsettled?: Unsettled<[req: Request, res: Response]> | undefined;
  /** What becomes of it when the client goes away first; default `"keep"`: the handler may still settle it. */
  readonly onAbort?: "keep" | "settle" | "release" | undefined;
}

/**
 * Lets a request through to its handler only with a good key, the scope, and the money for it.
 *
 * With `reserve` the cents are held before the handler runs, so that no number of concurrent calls
 * spends more than a cap. The handler settles what the work has cost; while the answer is open the
 * hold is extended.
 *
 * Sets `req.agentKey` and, with `reserve`, `req.agentKeyHold`, of which the types of Express cannot know that
 * they are there: hence the `?.`. Refusals are 401, 403 and 429, a store that fails is 500; the bodies are
 * those of the HTTP table in the documentation.
 *
 * @param ak an `AgentKey`; without `reserve` also any object with `validate` and `hasScope`
 * @throws {KeyrailError} `reserve_unsupported`: `reserve` was asked of keys that cannot hold
 * @example
 * ```ts
 * app.post("/chat", agentKeyMiddleware(ak, { scope: "chat", reserve: 25 }), async (req, res) => {
 *   const { text, costCents } = await model(req.body);
 *   await req.agentKeyHold?.settle(costCents);
 *   res.json({ text });
 * });
 * ```
 */
export function agentKeyMiddleware(ak: GuardedKeys, options: AgentKeyMiddlewareOptions = {}): Guard {
  const admit = admission(ak, options);
  noticeUnreserved(ak, options);
  const guard: RequestHandler = async (req, res, next) => {
    const decision = await admit(authorizationOf(req), req);
    // Somebody else has answered, or nobody listens any more: the work does not begin.
    const isOver = res.writableEnded || res.destroyed || isLost(req);
    if (!decision.ok) {
      if (!isOver) deny(res, decision);
      return;
    }
    const { validation, hold, headers } = decision;
    const keeper = hold !== undefined && canHold(ak) ? new HoldKeeper(ak, hold, options.ttl) : undefined;
    if (isOver) {
      await keeper?.end("release");
      return;
    }
    if (!res.headersSent) res.set(headers);
    req.agentKey = validation;
    if (keeper !== undefined) {
      req.agentKeyHold = keeper.hold;
      const handlersEnded = watchHandlers(req);
      endWithAnswer(keeper, req, res, async (isAborted) => {
        if (isAborted) return options.onAbort ?? "keep";
        // A fault may be answered while the work goes on, as by a time limit; its money is not free yet.
        if (res.statusCode >= 500) await handlersEnded();
        return endingOf(ak, options.unsettled, res.statusCode, [req, res]);
      });
    }
    next();
  };
  return guard as Guard;
}

/** Every `Authorization` field as it was sent: Node's `headers` would keep the first and hide the rest. */
export function authorizationOf(req: Request): readonly string[] {
  const one = req.headers.authorization;
  return req.headersDistinct?.authorization ?? (one === undefined ? [] : [one]);
}

/** Answers with a refusal. */
export function deny(res: Response, denial: Denial): void {
  // An answer that has begun cannot become a refusal; it can only break off.
  if (res.headersSent) res.destroy();
  else res.set(denial.headers).status(denial.status).json(denial.body);
}

/** Ends the hold once: when the answer finished, or when the connection closed before the handler ended it. */
function endWithAnswer(
  keeper: HoldKeeper,
  req: Request,
  res: Response,
  ending: (isAborted: boolean) => Promise<Ending>,
): void {
  const endKeeper = endOnce(keeper);
  const end = (isAborted: boolean) => {
    forgetConnection();
    void endKeeper(() => ending(isAborted));
  };
  // An answer that the handler completed is work done, also if the client did not take all of it.
  const closed = () => end(!res.writableEnded);
  const forgetConnection = onConnectionLost(req, closed);
  res.once("finish", () => end(false));
  res.once("close", closed);
}
