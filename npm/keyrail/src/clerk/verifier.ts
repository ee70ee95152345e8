/** Tells whether a credential is good, and asks Clerk as seldom as it can. */
import { hashKey } from "../keys/whole.js";
import { type Asking, type CredentialCache, cacheOf, type Kept } from "./credential-cache.js";
import { within } from "./deadline.js";
import { mayBe, type TakenCredentials } from "./shape.js";
import type { VerifiedCredential } from "./types.js";
import { answerOf, BAD, isGood, type Verdict } from "./verdict.js";

/** Whom a verifier asks, how often, and what it takes. */
export interface VerifierSettings<V> extends TakenCredentials {
  /** Clerk's client: those who share it share what it said. */
  readonly client: object;
  readonly verify: (credential: string) => Promise<V>;
  /** The time in ms. */
  readonly now: () => number;
  /** For how long an answer is good; 0 asks every time, though still once for all who ask at once. */
  readonly cacheTtlMs: number;
  /** For how long each request waits. */
  readonly timeoutMs: number;
  /** The subjects that are let in; nothing lets all in. */
  readonly machines?: readonly string[];
}

/** What somebody else has already found out about a credential, or nothing. It never rejects. */
export type Vouched<V> = (credential: string) => Promise<V | undefined>;

/**
 * Makes what tells good credentials from bad ones.
 *
 * A verdict is given for the moment: what Clerk said is looked at again at every use, whether it was revoked here
 * or has ended meanwhile.
 *
 * @returns a function that takes the credential, and who may vouch for it before Clerk is asked; it never
 * rejects, unless `now` throws
 * @example
 * ```ts
 * const verify = verifier({
 *   kind: "apiKey",
 *   client: clerkClient,
 *   verify: (secret) => clerkClient.apiKeys.verify(secret),
 *   now: Date.now,
 *   cacheTtlMs: 60_000,
 *   timeoutMs: 3_000,
 *   strictPrefix: false,
 *   formats: ["opaque"],
 * });
 * const verdict = await verify("ak_…");
 * if (verdict.kind === "good") console.log(verdict.verified.subject);
 * ```
 */
export function verifier<V extends VerifiedCredential>(
  settings: VerifierSettings<V>,
): (credential: string, vouched?: Vouched<V>) => Promise<Verdict<V>> {
  const { client, kind, verify, now, cacheTtlMs, timeoutMs } = settings;
  const cache = cacheOf<V>(client, kind);
  return async (credential, vouched) => {
    if (!mayBe(credential, settings)) return BAD;
    const hash = hashKey(credential);
    const asking = { nowMs: now(), cacheTtlMs };
    const found = cache.find(hash, asking);
    const foundVerdict = found && judge(cache, hash, found, asking, settings.machines);
    if (foundVerdict !== undefined) return foundVerdict;

    // Nobody waits where nobody vouches: whoever asks at the same moment is to find the question asked.
    const verified = vouched && (await vouched(credential));
    if (verified !== undefined) {
      // Nobody knows when it was asked for: every revocation that is remembered outweighs it.
      const kept: Kept<V> = { answer: { kind: "verified", verified }, askedAtMs: asking.nowMs, turn: 0 };
      const vouchedVerdict = judge(cache, hash, kept, asking, settings.machines);
      if (vouchedVerdict !== undefined) return vouchedVerdict;
    }

    const flight = cache.ask(hash, asking, timeoutMs, () => answerOf(verify, credential));
    const landed = await within(flight.landed, timeoutMs);
    if (landed === undefined) {
      flight.isOverdue = true;
      return { kind: "down", message: `Clerk did not answer within ${timeoutMs} ms` };
    }
    const verdict = judge(cache, hash, landed, { nowMs: now(), cacheTtlMs }, settings.machines);
    return verdict ?? { kind: "down", message: "Clerk's answer was overtaken by more revocations than are remembered" };
  };
}

/** What an answer means now; undefined for one that revocations have made unsure. */
function judge<V extends VerifiedCredential>(
  cache: CredentialCache<V>,
  hash: string,
  kept: Kept<V>,
  asking: Asking,
  machines: readonly string[] | undefined,
): Verdict<V> | undefined {
  const { answer } = kept;
  if (answer.kind === "unknown") return BAD;
  if (answer.kind !== "verified") return answer;
  const standing = cache.standing(hash, kept, asking);
  if (standing === "unsure") return undefined;
  const { verified } = answer;
  const isIn = machines === undefined || machines.includes(verified.subject);
  return standing === "stands" && isIn && isGood(verified, asking.nowMs) ? { kind: "good", verified } : BAD;
}
