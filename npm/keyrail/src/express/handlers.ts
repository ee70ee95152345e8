/** When the handlers of a request have ended, which Express itself tells nobody. */
import type { NextFunction, Request, Response } from "express";

/** One handler of a route, as both versions of Express keep it. */
interface Layer {
  handle: Handle;
}

type Handle = (this: unknown, req: Request, res: Response, next: NextFunction) => unknown;

/** What is known of a request here. */
interface Seen {
  route: unknown;
  /** What its asynchronous handlers gave; `undefined` while nobody asks about them. */
  begun: PromiseLike<unknown>[] | undefined;
}

/** Beside the requests, not on them: they are the application's, and some take no further member. */
const seen = new WeakMap<Request, Seen>();
const watching = new WeakSet<Handle>();

/** Express names the route in `req.route` before it calls the first handler. */
const ACCESSOR: PropertyDescriptor & ThisType<Request> = {
  configurable: true,
  enumerable: true,
  get() {
    return seen.get(this)?.route;
  },
  set(route: unknown) {
    const known = seen.get(this);
    if (known === undefined) seen.set(this, { route, begun: undefined });
    else if (known.route !== route) {
      known.route = route;
      if (known.begun !== undefined) watchRoute(route);
    }
  },
};

/**
 * Watches the handlers that a request will reach. Express drops what they return, so each handler of a
 * route is wrapped once, as tracing tools do, and tells of its promise.
 *
 * @returns waits until every asynchronous handler that has begun has ended
 * @example
 * ```ts
 * const ended = watchHandlers(req);
 * next();
 * await ended();
 * ```
 */
export function watchHandlers(req: Request): () => Promise<void> {
  const known = seenOf(req);
  // Two guards of one route wait for the same handlers.
  known.begun ??= [];
  const { begun } = known;
  watchRoute(known.route);
  return async () => {
    await Promise.allSettled(begun);
  };
}

/** What is known of a request, whose `route` is told here from now on. */
function seenOf(req: Request): Seen {
  const isCaught = catchesRoutes(Object.getPrototypeOf(req)) && !Object.hasOwn(req, "route");
  const known = seen.get(req) ?? { route: isCaught ? undefined : req.route, begun: undefined };
  seen.set(req, known);
  if (!isCaught) Object.defineProperty(req, "route", ACCESSOR);
  return known;
}

/** Puts the accessor on an application's own prototype of requests, once. False: this is none, or it is taken. */
function catchesRoutes(prototype: object | null): boolean {
  if (prototype === null || !Object.hasOwn(prototype, "app")) return false;
  const route = Object.getOwnPropertyDescriptor(prototype, "route");
  return route === undefined ? Reflect.defineProperty(prototype, "route", ACCESSOR) : route.get === ACCESSOR.get;
}

function watchRoute(route: unknown): void {
  const { stack } = (route ?? {}) as { readonly stack?: readonly Layer[] };
  for (const layer of stack ?? []) {
    const { handle } = layer;
    // Express tells handlers of errors by their four parameters.
    if (watching.has(handle) || handle.length > 3) continue;
    const watched: Handle = function (req, res, next) {
      const result = handle.call(this, req, res, next);
      if (isPromise(result)) seen.get(req)?.begun?.push(result);
      return result;
    };
    Object.defineProperty(watched, "name", { value: handle.name });
    watching.add(watched);
    layer.handle = watched;
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === "function";
}
