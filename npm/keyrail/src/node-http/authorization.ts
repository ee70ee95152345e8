/** The credentials that a request of Node's HTTP server carries. */
import type { IncomingMessage } from "node:http";

/** The length of `authorization`, by which most other names are told from it. */
const NAME_LENGTH = 13;

/**
 * Every `Authorization` field as it was sent: Node's `headers` would keep the first and hide the rest. One that
 * only stands in `headers`, where somebody has written it, counts as well.
 */
export function authorizationOf(req: IncomingMessage): readonly string[] {
  const sent = sentFields(req);
  const one = req.headers.authorization;
  return sent.length > 0 || one === undefined ? sent : [one];
}

/** Not from `headersDistinct`: Node would make lists of all fields for it, and requests of HTTP/2 have none. */
function sentFields({ rawHeaders }: IncomingMessage): readonly string[] {
  const fields: string[] = [];
  // Stand-ins for a request, as in tests of handlers, may have none.
  if (!Array.isArray(rawHeaders)) return fields;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    if (name.length === NAME_LENGTH && name.toLowerCase() === "authorization")
      fields.push(rawHeaders[at + 1] as string);
  }
  return fields;
}
