/** The credentials that a request of Node's HTTP server carries. */
import type { IncomingMessage } from "node:http";

/** The length of `authorization`, by which most other names are told from it. */
const NAME_LENGTH = 13;

/** Every `Authorization` field as it was sent: Node's `headers` would keep the first and hide the rest. */
export function authorizationOf(req: IncomingMessage): readonly string[] {
  const one = req.headers.authorization;
  // Node would make lists of all fields of the request for this.
  if (one !== undefined && wasSentOnce(req, one)) return [one];
  return req.headersDistinct?.authorization ?? (one === undefined ? [] : [one]);
}

/** Whether the request came with one such field, and this is it: `headers` may have been written to since. */
function wasSentOnce({ rawHeaders }: IncomingMessage, value: string): boolean {
  if (!Array.isArray(rawHeaders)) return false;
  let found: string | undefined;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    if (name.length !== NAME_LENGTH || name.toLowerCase() !== "authorization") continue;
    if (found !== undefined) return false;
    found = rawHeaders[at + 1];
  }
  return found === value;
}
