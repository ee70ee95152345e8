/** When the connection of a request goes, which Node tells only the answer whose turn it is. */
import type { IncomingMessage } from "node:http";

type Socket = IncomingMessage["socket"];

/** Who is to be told of each socket: one listener for all, however many requests are pipelined on it. */
const watched = new WeakMap<Socket, Set<() => void>>();

/** Whether nobody can receive the answer any more. */
export function isLost(req: IncomingMessage): boolean {
  return req.socket?.destroyed === true;
}

/**
 * Calls back once if the connection closes. An answer that waits behind others of its connection gets
 * neither `finish` nor `close` then.
 *
 * @returns stops watching
 * @example
 * ```ts
 * const forget = onConnectionLost(req, () => res.destroy());
 * res.once("finish", forget);
 * ```
 */
export function onConnectionLost(req: IncomingMessage, lost: () => void): () => void {
  const socket: Socket | undefined = req.socket;
  // Stand-ins for a request, as in tests of handlers, may have none.
  if (typeof socket?.once !== "function") return () => undefined;
  let callbacks = watched.get(socket);
  if (callbacks === undefined) {
    const all = new Set<() => void>();
    callbacks = all;
    watched.set(socket, all);
    socket.once("close", () => {
      for (const callback of all) callback();
    });
  }
  callbacks.add(lost);
  return () => void callbacks.delete(lost);
}
