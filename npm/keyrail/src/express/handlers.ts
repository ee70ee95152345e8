/** When the handlers of a request have ended, which Express itself tells nobody. */
import type { NextFunction, Request, Response } from "express";

/** One handler of a route, as both versions of Express keep it. */
interface Layer {
  handle: Handle;
}

type Handle = (this: unknown, req: Request, res: Response, next: NextFunction) => unknown;

/** What the asynchronous handlers of a request gave, for requests that somebody asks about. */
const running = new WeakMap<Request, PromiseLike<unknown>[]>();
/** The route of a request, where the accessor keeps it. */
const ROUTE = Symbol("keyrail.route");

type Routed = Request & { [ROUTE]?: unknown };

const watching = new WeakSet<Handle>();

/**
 * Express names the route in `req.route` before it calls the first handler. One accessor for all requests, as fresh
 * ones make each a slow object; and no more of ours on a request than need be, since every member that is added after
 * Express has changed its prototype gives it a hidden class of its own.
 */
const ACCESSOR: PropertyDescriptor & ThisType<Routed> = {
  configurable: true,
  enumerable: true,
  get() {
    return this[ROUTE];
  },
  set(found: unknown) {
    if (found === this[ROUTE]) return;
    this[ROUTE] = found;
    if (running.has(this)) watchRoute(found);
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
export function watchHandlers(req: Routed): () => Promise<void> {
  // Two guards of one route wait for the same handlers.
  const begun = running.get(req) ?? [];
  running.set(req, begun);
  const { route } = req;
  watchRoute(route);
  if (!catchesRoutes(Object.getPrototypeOf(req)) || Object.hasOwn(req, "route")) {
    Object.defineProperty(req, "route", ACCESSOR);
    req[ROUTE] = route;
  }
  return async () => {
    await Promise.allSettled(begun);
  };
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
      if (isPromise(result)) running.get(req)?.push(result);
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
