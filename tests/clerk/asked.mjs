// A client of Clerk's whose every answer the test gives by hand, and a clock that the test moves.
import { verifier } from "../../npm/keyrail/dist/clerk/verifier.js";

export const START = Date.UTC(2026, 0, 31, 12);
export const BAD = { kind: "bad" };

/** What Clerk says of a good credential. */
export const goodFor = (credential, more = {}) => ({ id: `id_${credential}`, subject: `user_${credential}`, ...more });

/** A thrown value with the members by which the SDK's response errors are known. */
export const clerkError = (status, more = {}) =>
  Object.assign(new Error("a response of Clerk's"), {
    clerkError: true,
    status,
    errors: [{ code: "any", message: "any" }],
    ...more,
  });

/** A client with questions that wait for an answer, unless `answer` gives one at once. */
export class Asked {
  client = {};
  now = START;
  /** Every question: `{credential, answer(value), fail(fault)}`. */
  questions = [];
  answer = undefined;

  /** The credentials that Clerk was asked about. */
  get credentials() {
    return this.questions.map(({ credential }) => credential);
  }

  verify = (credential) => {
    const { promise, resolve: answer, reject: fail } = withResolvers();
    this.questions.push({ credential, answer, fail });
    return this.answer === undefined ? promise : this.answer(credential);
  };

  /** A verifier over this client. */
  verifier(settings = {}) {
    return verifier({
      kind: "apiKey",
      client: this.client,
      verify: this.verify,
      now: () => this.now,
      cacheTtlMs: 60_000,
      timeoutMs: 3_000,
      strictPrefix: false,
      formats: ["opaque"],
      ...settings,
    });
  }
}

/** `Promise.withResolvers`, which Node 20 lacks. */
function withResolvers() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}
