/** Routes with which people get, look at, hand on and revoke keys. */
import type { Request, RequestHandler, Response } from "express";
import type { CreatedKey, CreateOptions, ValidKey } from "../agent-key/types.js";
import { KeyrailError } from "../errors.js";
import { admission, faultText, type GuardedKeys, keyDoor } from "../guard/index.js";
import { authorizationOf } from "../node-http/index.js";
import { deny } from "./guard.js";
import { RouteRefusal, readKeyRequest } from "./key-request.js";
import { grantOf } from "./mint.js";
import { readSignupRules, type SignupOptions, signupGrant } from "./signup.js";

/** What the routes ask of the keys: an `AgentKey`. */
export interface RoutedKeys extends GuardedKeys {
  create(options: CreateOptions): Promise<CreatedKey>;
  revoke(id: number, accountId?: string | null): Promise<boolean>;
}

/** How the routes are to behave. */
export interface AgentKeyRouteOptions extends SignupOptions {
  /** The scope without which a key may not mint children; nothing asks for none. */
  readonly mintScope?: string;
  /** The scope without which a key may not revoke keys of its account; nothing asks for none. */
  readonly revokeScope?: string;
}

/** Beside the codes that begin with `invalid_`: what `create` does not grant. */
const REFUSED_GRANTS = new Set(["amount_out_of_range", "depth_exceeded", "grant_exceeds_parent"]);

/** What a route answers: a status and a JSON body. */
type Answer = readonly [status: number, body: object];
type Route = (req: Request, caller: ValidKey) => Promise<Answer>;

/**
 * The routes `POST /signup`, `GET /sdk-keys/me`, `POST /sdk-keys` and `DELETE /sdk-keys/:id`, as one middleware.
 *
 * They read the body that `express.json()` has parsed. A minted key is a child of the key that asked for it,
 * so that it never outlives or outspends it. A key from `/signup` belongs to the account
 * `unverified:<email>`, since nobody has checked the address.
 *
 * @throws {KeyrailError} `invalid_option`: an option that does nothing, or a limit that is none
 * @example
 * ```ts
 * app.use(express.json());
 * app.use(createAgentKeyRoutes(ak, { signupScopes: ["chat"], signupMaxBudgetCents: 500, mintScope: "mint" }));
 * ```
 */
export function createAgentKeyRoutes(ak: RoutedKeys, options: AgentKeyRouteOptions = {}): RequestHandler {
  const rules = readSignupRules(options);

  const signup: RequestHandler = (req, res) =>
    answer(ak, res, "Failed to create key", async () => [
      201,
      await ak.create(signupGrant(rules, readKeyRequest(req.body))),
    ]);

  const guarded = (scope: string | undefined, failure: string, route: Route): RequestHandler => {
    const admit = admission<Request>(keyDoor(ak), { scope });
    return async (req, res) => {
      const decision = await admit(authorizationOf(req), req);
      if (!decision.ok) return deny(res, decision);
      await answer(ak, res, failure, () => route(req, decision.validation));
    };
  };

  const me = guarded(undefined, "auth_unavailable", async (_req, caller) => [200, caller]);
  const mint = guarded(options.mintScope, "Failed to create key", async (req, caller) => [
    201,
    await ak.create(grantOf(caller, readKeyRequest(req.body), ak)),
  ]);
  const revoke = guarded(options.revokeScope, "Failed to revoke key", async (req, caller) => {
    const id = idIn(req.path);
    const isRevoked = id > 0 && Number.isSafeInteger(id) && (await ak.revoke(id, caller.accountId));
    return isRevoked ? [200, { revoked: true }] : [404, { error: "Key not found" }];
  });

  const routeOf = (method: string, path: string): RequestHandler | undefined => {
    if (method === "POST" && path === "/signup") return signup;
    if (method === "POST" && path === "/sdk-keys") return mint;
    if ((method === "GET" || method === "HEAD") && path === "/sdk-keys/me") return me;
    return method === "DELETE" && /^\/sdk-keys\/[^/]+$/.test(path) ? revoke : undefined;
  };
  return (req, res, next) => {
    // As Express matches by default: in any case, with or without a slash at the end.
    const route = routeOf(req.method, req.path.toLowerCase().replace(/\/$/, ""));
    return route === undefined ? next() : route(req, res, next);
  };
}

async function answer(ak: RoutedKeys, res: Response, failure: string, route: () => Promise<Answer>): Promise<void> {
  const [status, body] = await route().catch((fault: unknown) => refusal(ak, fault, failure));
  if (res.writableEnded || res.destroyed) return;
  // What has begun as another answer can only break off.
  if (res.headersSent) res.destroy();
  else res.status(status).json(body);
}

/** What the caller can mend is told with its reason; a fault of ours is not. */
function refusal(ak: RoutedKeys, fault: unknown, failure: string): Answer {
  if (fault instanceof RouteRefusal) return [fault.status, { error: fault.message, ...fault.details }];
  if (isOfTheRequest(fault)) return [400, { error: fault.message }];
  ak.notice?.("route_failed", `${failure}: ${faultText(fault)}`);
  return [500, { error: failure }];
}

/** Whether `create` refused what was asked, and did not fail. Older objects throw a plain `Error`. */
function isOfTheRequest(fault: unknown): fault is Error {
  if (fault instanceof KeyrailError) return fault.code.startsWith("invalid_") || REFUSED_GRANTS.has(fault.code);
  return fault instanceof Error && /^Invalid (?:scopes|budget period|duration): /.test(fault.message);
}

/** The id in a path: digits as ids are printed, and nothing else. */
function idIn(path: string): number {
  const [, digits] = /^\/sdk-keys\/(0|[1-9]\d*)\/?$/i.exec(path) ?? [];
  if (digits === undefined) throw new RouteRefusal(400, "Invalid key ID");
  return Number(digits);
}
