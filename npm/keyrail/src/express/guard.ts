/** The guard in front of an Express handler, whatever its door. */
import type { NextFunction, Request, RequestHandler, Response } from "express";
import type { ValidKey } from "../agent-key/types.js";
import {
  type AdmissionOptions,
  admission,
  canSettle,
  type Denial,
  type Door,
  endingOf,
  HoldKeeper,
  noticeUnreserved,
  type RequestHold,
  type Unsettled,
} from "../guard/index.js";
import { authorizationOf, endWithAnswer, isOver } from "../node-http/index.js";
import { watchHandlers } from "./handlers.js";
import { shareHiddenClass } from "./hidden-class.js";

declare global {
  namespace Express {
    interface Request {
      /** The caller's key, where a guard let the request through. */
      agentKey?: ValidKey;
      /** The money that this request holds, with `reserve`. */
      agentKeyHold?: RequestHold;
    }
  }
}

/** A middleware for any route: it leaves the types of the route's parameters to its handler. */
export type Guard = <Params>(req: Request<Params>, res: Response, next: NextFunction) => void;

/** What a guarded route asks for. */
export interface ExpressGuardOptions extends AdmissionOptions<Request> {
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
 * Makes the middleware of one door.
 *
 * @throws {KeyrailError} `reserve_unsupported`: `reserve` was asked of keys that cannot hold
 * @example
 * ```ts
 * app.use(expressGuard(keyDoor(ak), { reserve: 25 }));
 * ```
 */
export function expressGuard(door: Door<Request>, options: ExpressGuardOptions): Guard {
  const { ak } = door;
  const admit = admission(door, options);
  noticeUnreserved(ak, options);
  const guard: RequestHandler = async (req, res, next) => {
    shareHiddenClass(req, "complete");
    shareHiddenClass(res, "req");
    const decision = await admit(authorizationOf(req), req);
    const isTooLate = isOver(req, res);
    if (!decision.ok) {
      if (!isTooLate) deny(res, decision);
      return;
    }
    const { validation, known, hold, headers } = decision;
    const keeper = hold !== undefined && canSettle(ak) ? new HoldKeeper(ak, hold, options.ttl) : undefined;
    if (isTooLate) {
      await keeper?.end("release");
      return;
    }
    if (hasAny(headers) && !res.headersSent) res.set(headers);
    if (keeper !== undefined) {
      const handlersEnded = watchHandlers(req);
      endWithAnswer(keeper, req, res, async (isAborted) => {
        if (isAborted) return options.onAbort ?? "keep";
        // A fault may be answered while the work goes on, as by a time limit; its money is not free yet.
        if (res.statusCode >= 500) await handlersEnded();
        return endingOf(ak, options.unsettled, res.statusCode, [req, res]);
      });
    }
    try {
      Object.assign(req, known);
      req.agentKey = validation;
      if (keeper !== undefined) req.agentKeyHold = keeper.hold;
    } catch (fault) {
      // An application may have made its requests so that these cannot be set. Express 4 takes no rejection.
      return next(fault);
    }
    next();
  };
  return guard as Guard;
}

function hasAny(headers: Readonly<Record<string, string>>): boolean {
  for (const _name in headers) return true;
  return false;
}

/** Answers with a refusal. */
export function deny(res: Response, denial: Denial): void {
  // An answer that has begun cannot become a refusal; it can only break off.
  if (res.headersSent) res.destroy();
  else res.set(denial.headers).status(denial.status).json(denial.body);
}
