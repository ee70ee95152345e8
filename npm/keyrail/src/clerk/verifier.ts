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
  const asking = (): Asking => ({ nowMs: now(), cacheTtlMs });
  const meaning = (hash: string, kept: Kept<V>, at: Asking) => judge(cache, hash, kept, at, settings.machines);

  const find = (hash: string): Verdict<V> | undefined => {
    const at = asking();
    const kept = cache.find(hash, at);
    return kept && meaning(hash, kept, at);
  };

  /** What was kept goes before what is said of it: meanwhile somebody else's question may have been answered. */
  const findOrBelieve = async (hash: string, vouching: Promise<V | undefined>): Promise<Verdict<V> | undefined> => {
    const verified = await within(vouching, timeoutMs);
    const found = find(hash);
    if (found !== undefined || verified === undefined) return found;
    const at = asking();
    // Nobody knows when it was asked for: every revocation that is remembered outweighs it.
    return meaning(hash, { answer: { kind: "verified", verified }, askedAtMs: at.nowMs, turn: 0 }, at);
  };

  const ask = async (hash: string, credential: string): Promise<Verdict<V>> => {
    const flight = cache.ask(hash, asking(), timeoutMs, () => answerOf(verify, credential));
    const landed = await within(flight.landed, timeoutMs);
    if (landed === undefined) {
      flight.isOverdue = true;
      return { kind: "down", message: `Clerk did not answer within ${timeoutMs} ms` };
    }
    const message = "Clerk's answer was overtaken by more revocations than are remembered";
    return meaning(hash, landed, asking()) ?? { kind: "down", message };
  };

  return async (credential, vouched) => {
    if (!mayBe(credential, settings)) return BAD;
    const hash = hashKey(credential);
    const found = find(hash);
    if (found !== undefined) return found;
    // Nobody waits where nobody vouches: whoever asks at the same moment is to find the question asked.
    const believed = vouched && (await findOrBelieve(hash, vouched(credential)));
    return believed ?? ask(hash, credential);
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
