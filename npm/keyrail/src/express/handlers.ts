/** When the handlers of a request have ended, which Express itself tells nobody. */
import type { Request } from "express";

/** One handler of a route, as both versions of Express keep it. */
interface Layer {
  handle: Handle;
}

type Handle = (this: unknown, req: Request, ...others: unknown[]) => unknown;

/** What the asynchronous handlers of a request gave, for requests that somebody asks about. */
const running = new WeakMap<Request, PromiseLike<unknown>[]>();
const watching = new WeakSet<Handle>();

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
  // Two guards of one route wait for the same handlers.
  const begun = running.get(req) ?? [];
  running.set(req, begun);
  let route: unknown = req.route;
  watchRoute(route);
  // Express names the route in `req.route` before it calls the first handler.
  Object.defineProperty(req, "route", {
    configurable: true,
    enumerable: true,
    get: () => route,
    set: (found: unknown) => {
      route = found;
      watchRoute(found);
    },
  });
  return async () => {
    await Promise.allSettled(begun);
  };
}

function watchRoute(route: unknown): void {
  const { stack } = (route ?? {}) as { readonly stack?: readonly Layer[] };
  for (const layer of stack ?? []) {
    const { handle } = layer;
    // Express tells handlers of errors by their four parameters.
    if (watching.has(handle) || handle.length > 3) continue;
    const watched: Handle = function (req, ...others) {
      const result = handle.call(this, req, ...others);
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
