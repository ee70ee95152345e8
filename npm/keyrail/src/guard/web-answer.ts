/** One web answer and the hold behind it, which ends when the answer does. */
import { endOnce } from "./end-once.js";
import type { Ending, HoldKeeper } from "./request-hold.js";
import { watchedBody } from "./watched-body.js";

/** Where a platform takes work that outlives the answer: the execution context of a Worker, or its like. */
export interface Background {
  waitUntil(work: Promise<unknown>): void;
}

/** One hold and what decides about it. */
export interface OpenAnswer {
  readonly keeper: HoldKeeper;
  readonly request: Request;
  readonly background: Background | undefined;
  /** What becomes of a hold that was left open by an answer that has ended. */
  finished(response: Response): Ending;
  /** What becomes of it when the answer broke off. */
  readonly aborted: Ending;
}

type WithBody = Response & { readonly body: ReadableStream<Uint8Array> };

/**
 * Runs a handler and ends its hold with the answer: when the body has ended, when it broke off, when the
 * client left, or at once where no body will be read.
 *
 * @returns the handler's answer, with a body that is watched as far as the hold needs it
 * @example
 * ```ts
 * const open = { keeper, request, background: ctx, finished: () => "settle", aborted: "keep" } as const;
 * return endWithAnswer(open, () => handler(request));
 * ```
 */
export async function endWithAnswer<Answer extends Response | undefined>(
  open: OpenAnswer,
  handle: () => Promise<Answer>,
): Promise<Response | Answer> {
  const { keeper, request, background } = open;
  const end = endOnce(keeper);
  let isOver = false;
  let tellEnd = () => {};
  const ended = new Promise<void>((resolve) => {
    tellEnd = resolve;
  });
  const close = (ending: () => Ending) => {
    if (isOver) return;
    isOver = true;
    request.signal?.removeEventListener("abort", aborted);
    inBackground(background, end(ending).finally(tellEnd));
  };
  const aborted = () => close(() => open.aborted);
  request.signal?.addEventListener("abort", aborted);

  const watched = (response: WithBody) => {
    const body = watchedBody(response.body, {
      begun: () => {
        if (isOver) return;
        keeper.extendAgain();
        inBackground(background, ended);
      },
      completed: () => close(() => open.finished(response)),
      aborted,
    });
    // Whoever stands around the handler may throw this answer away: its hold then ends with its time.
    keeper.stopExtending();
    return new Response(body, response);
  };
  try {
    const response = await handle();
    if (!isOver && !keeper.isDecided && hasBody(response, request)) return watched(response);
    // With an upgrade, which Bun answers by returning nothing, the work only begins.
    close(() => (response === undefined || response.status === 101 ? "keep" : open.finished(response)));
    return response;
  } catch (fault) {
    close(() => open.finished(new Response(null, { status: 500 })));
    throw fault;
  }
}

/** Whether there is a body that somebody will read; frameworks drop that of a `HEAD` without a word. */
function hasBody(response: Response | undefined, request: Request): response is WithBody {
  return response !== undefined && response.body !== null && request.method !== "HEAD";
}

/** A context that takes nothing any more must not fail a request whose money is being settled. */
function inBackground(background: Background | undefined, work: Promise<unknown>): void {
  try {
    background?.waitUntil(work);
  } catch {
    // The work goes on for as long as the process does.
  }
}
