/** The guard in front of Fastify's handlers, whatever its door. */
import type { FastifyReply, FastifyRequest, RawServerBase, RouteGenericInterface } from "fastify";
import type { ValidKey } from "../agent-key/types.js";
import type { VerifiedApiKey, VerifiedM2MToken } from "../clerk/types.js";
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

declare module "fastify" {
  interface FastifyRequest {
    /** The caller's key, where a guard let the request through. */
    agentKey?: ValidKey;
    /** The money that this request holds, with `reserve`. */
    agentKeyHold?: RequestHold;
    /** What Clerk says of its API key, behind `clerkApiKey`. */
    clerkApiKey?: VerifiedApiKey;
    /** What Clerk says of its token, behind `clerkM2M`. */
    m2m?: VerifiedM2MToken;
  }
}

/** A request of any server, also one of HTTP/2. */
type AnyRequest = FastifyRequest<RouteGenericInterface, RawServerBase>;

/** Its reply, whose type has its parameters in another order in each version of Fastify. */
type AnyReply = Pick<FastifyReply, "sent">;

/** A hook for `onRequest`, `preValidation` or `preHandler`, of one route or of all. */
export type Guard = (request: AnyRequest, reply: AnyReply) => Promise<unknown>;

/** What a guarded route asks for. */
export interface FastifyGuardOptions extends AdmissionOptions<FastifyRequest> {
  /**
   * What becomes of a hold that the handler left open when its answer finished. By default the reserved
   * amount is settled below status 500 and released from 500 on. Behind a `handlerTimeout` the work may go on:
   * the handler may still settle it, else it ends at its time. Other work that goes on behind a fault is not
   * seen: settle it, which is charged also when it is late.
   */
  readonly unsettled?: Unsettled<[request: FastifyRequest, reply: FastifyReply]> | undefined;
  /** What becomes of it when the client goes away first; default `"keep"`: the handler may still settle it. */
  readonly onAbort?: "keep" | "settle" | "release" | undefined;
}

/**
 * Makes the hook of one door.
 *
 * @throws {KeyrailError} `reserve_unsupported`: `reserve` was asked of keys that cannot hold
 * @example
 * ```ts
 * app.addHook("preHandler", fastifyGuard(keyDoor(ak), { reserve: 25 }));
 * ```
 */
export function fastifyGuard(door: Door<FastifyRequest>, options: FastifyGuardOptions): Guard {
  const { ak } = door;
  const admit = admission(door, options);
  noticeUnreserved(ak, options);
  const guard = async (request: FastifyRequest, reply: FastifyReply) => {
    const decision = await admit(authorizationOf(request.raw), request);
    const isTooLate = reply.sent || isOver(request.raw, reply.raw);
    if (!decision.ok) return isTooLate ? stop(reply) : deny(reply, decision);
    const { validation, known, hold, headers } = decision;
    const keeper = hold !== undefined && canSettle(ak) ? new HoldKeeper(ak, hold, options.ttl) : undefined;
    if (isTooLate) {
      await keeper?.end("release");
      return stop(reply);
    }
    if (!reply.raw.headersSent) reply.headers(headers);
    if (keeper !== undefined) {
      endWithAnswer(keeper, request.raw, reply.raw, (isAborted) => {
        if (isAborted) return options.onAbort ?? "keep";
        if (options.unsettled === undefined && isTimedOut(request)) return "keep";
        return endingOf(ak, options.unsettled, reply.raw.statusCode, [request, reply]);
      });
    }
    // Last, since an application may have decorated its requests so that these cannot be set: then its money is free.
    Object.assign(request, known);
    request.agentKey = validation;
    if (keeper !== undefined) request.agentKeyHold = keeper.hold;
    return undefined;
  };
  return guard as Guard;
}

/** Answers with a refusal. Fastify goes no further with a hook that gives the reply. */
function deny(reply: FastifyReply, { status, headers, body }: Denial): FastifyReply {
  // An answer that has begun cannot become a refusal; it can only break off.
  if (reply.raw.headersSent) {
    reply.raw.destroy();
    return stop(reply);
  }
  // As a text: the schema that a route has for its own answers would take members away.
  const type = "application/json; charset=utf-8";
  return reply.code(status).headers(headers).type(type).send(JSON.stringify(body));
}

/** Keeps Fastify from running the handler of an answer that nobody waits for. */
function stop(reply: FastifyReply): FastifyReply {
  return reply.sent ? reply : reply.hijack();
}

/** Whether Fastify has answered in the place of a handler that took too long; only version 5 does. */
function isTimedOut(request: FastifyRequest): boolean {
  const limitMs: number | undefined = request.routeOptions?.handlerTimeout;
  if (limitMs === undefined || limitMs === 0) return false;
  return (request.signal.reason as { readonly code?: unknown } | undefined)?.code === "FST_ERR_HANDLER_TIMEOUT";
}
