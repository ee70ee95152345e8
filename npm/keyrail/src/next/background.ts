/** Where Next.js takes work that outlives an answer. */
import type { Background } from "../guard/index.js";

/** What platforms give Next for its `after`, without which there is nothing to import. */
interface RequestContext {
  get(): Partial<Background> | undefined;
}

const REQUEST_CONTEXT = Symbol.for("@next/request-context");

/**
 * The platform's way to finish work behind the answer of the request that is being handled. A server of one's
 * own has none, and needs none: there the process goes on.
 *
 * @example
 * ```ts
 * backgroundOfRequest()?.waitUntil(settled);
 * ```
 */
export function backgroundOfRequest(): Background | undefined {
  const contexts = globalThis as { readonly [REQUEST_CONTEXT]?: RequestContext };
  const context = contexts[REQUEST_CONTEXT]?.get();
  const waitUntil = context?.waitUntil;
  return typeof waitUntil === "function" ? { waitUntil: (work) => waitUntil.call(context, work) } : undefined;
}
