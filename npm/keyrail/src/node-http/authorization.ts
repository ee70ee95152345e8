/** The credentials that a request of Node's HTTP server carries. */
import type { IncomingMessage } from "node:http";

/** Every `Authorization` field as it was sent: Node's `headers` would keep the first and hide the rest. */
export function authorizationOf(req: IncomingMessage): readonly string[] {
  const one = req.headers.authorization;
  return req.headersDistinct?.authorization ?? (one === undefined ? [] : [one]);
}
