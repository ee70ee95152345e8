/** The guard around a handler of web requests: what every adapter over `Request` and `Response` shares. */
import type { ValidKey } from "../agent-key/types.js";
import { type AdmissionOptions, admission, noticeUnreserved } from "./admit.js";
import { authorizationFields } from "./bearer.js";
import type { Door } from "./door.js";
import { canSettle } from "./guarded-keys.js";
import { HoldKeeper, type RequestHold } from "./request-hold.js";
import { endingOf, type Unsettled } from "./unsettled.js";
import { type Background, endWithAnswer } from "./web-answer.js";

/** What a guarded handler asks for; `Asked` is what its framework knows a request by. */
export interface WebGuardOptions<Asked> extends AdmissionOptions<Asked> {
  /**
   * What becomes of a hold that the handler left open when its answer has ended, the last of its body
   * included. By default the reserved amount is settled below status 500 and released from 500 on. A handler
   * that throws counts as an answer of 500. An upgrade only begins the work, so that its hold is kept. Work
   * that goes on behind a fault, as behind a time limit inside the guard, is not seen: settle it, which is
   * charged also when it is late.
   */
  readonly unsettled?: Unsettled<[asked: Asked, response: Response]> | undefined;
  /**
   * What becomes of it when the client goes away first, or the body breaks off; default `"keep"`: the
   * handler may still settle it, and else it ends at its time.
   */
  readonly onAbort?: "keep" | "settle" | "release" | undefined;
}

/** What a handler may know of its caller. */
export interface Admitted {
  /** The caller's key. */
  readonly agentKey: ValidKey;
  /** The money that this request holds, with `reserve`. */
  readonly agentKeyHold?: RequestHold;
}

/** The same where `reserve` is given. */
export interface AdmittedWithHold extends Admitted {
  readonly agentKeyHold: RequestHold;
}

/** One request, as the guard sees it. */
export interface WebCall<Asked> {
  readonly request: Request;
  /** What `reserve` and `unsettled` are given. */
  readonly asked: Asked;
  /** The platform's way to finish work behind an answer, where it has one. */
  readonly background?: Background | undefined;
}

/** Guards one request; it rejects only with what the handler threw. */
export type WebGuard<Asked> = <Answer extends Response | undefined>(
  call: WebCall<Asked>,
  handle: (admitted: Admitted) => Answer | Promise<Answer>,
) => Promise<Response | Answer>;

/** Nobody receives it: the client was gone before its handler began. */
const CLIENT_GONE = 499;

/**
 * Makes the guard of a handler.
 *
 * @throws {KeyrailError} `reserve_unsupported`: `reserve` was asked of keys that cannot hold
 * @example
 * ```ts
 * const guard = webGuard(keyDoor(ak), { reserve: 25 });
 * const response = await guard({ request, asked: request }, ({ agentKey }) => Response.json(agentKey.name));
 * ```
 */
export function webGuard<Asked>(door: Door<Asked>, options: WebGuardOptions<Asked>): WebGuard<Asked> {
  const { ak } = door;
  const admit = admission(door, options);
  noticeUnreserved(ak, options);
  return async ({ request, asked, background }, handle) => {
    const decision = await admit(authorizationFields(request.headers.get("authorization")), asked);
    if (!decision.ok) return Response.json(decision.body, { status: decision.status, headers: decision.headers });
    const { validation: agentKey, known, hold, headers } = decision;
    if (hold === undefined || !canSettle(ak)) return withHeaders(await handle({ ...known, agentKey }), headers);

    const keeper = new HoldKeeper(ak, hold, options.ttl);
    if (request.signal?.aborted) {
      await keeper.end("release");
      return new Response(null, { status: CLIENT_GONE });
    }
    const finished = (response: Response) => endingOf(ak, options.unsettled, response.status, [asked, response]);
    const open = { keeper, request, background, finished, aborted: options.onAbort ?? "keep" };
    return endWithAnswer(open, async () =>
      withHeaders(await handle({ ...known, agentKey, agentKeyHold: keeper.hold }), headers),
    );
  };
}

/** The same answer with more headers: a copy, since those of a redirect or of a fetched answer cannot be changed. */
function withHeaders<Answer extends Response | undefined>(
  response: Answer,
  headers: Readonly<Record<string, string>>,
): Response | Answer {
  const fields = Object.entries(headers);
  // Below 200 there is an upgrade, or no answer at all, and neither can be copied.
  if (fields.length === 0 || response === undefined || response.status < 200) return response;
  const copy = new Response(response.body, response);
  for (const [name, value] of fields) copy.headers.set(name, value);
  return copy;
}
