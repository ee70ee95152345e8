/** What Clerk lately said about credentials, and the questions in flight. Credentials are kept as hashes only. */
import { hashKey } from "../keys/whole.js";
import { BoundedMap } from "./bounded-map.js";
import { Revocations, type Standing } from "./revocations.js";
import type { CredentialKind, VerifiedCredential } from "./types.js";
import { type Answer, isGood } from "./verdict.js";

const KNOWN_MAX = 10_000;
/** Apart from the known ones and fewer, so that a flood of junk forgets nothing but junk. */
const UNKNOWN_MAX = 1_000;
const FLIGHTS_MAX = 10_000;

/** An answer with what it takes to tell whether it still holds. */
export interface Kept<V> {
  readonly answer: Answer<V>;
  /** When it was asked for: no answer is newer than its question. */
  readonly askedAtMs: number;
  readonly turn: number;
}

/** One question that is being asked, for all who wait. */
export interface Flight<V> {
  readonly landed: Promise<Kept<V>>;
  /** Somebody waited in vain: nobody else joins. */
  isOverdue: boolean;
}

interface OwnFlight<V> extends Flight<V> {
  /** By the system's clock, which a flight outlives by seconds only; an injected one may stand still. */
  readonly beganAtMs: number;
  /** A later question about the same credential knows better. */
  isSuperseded: boolean;
}

/** Who asks, at which time, and for how long answers are good to him. */
export interface Asking {
  readonly nowMs: number;
  readonly cacheTtlMs: number;
}

/**
 * The answers about one kind of credential of one client of Clerk's, for all who share that client.
 *
 * @example
 * ```ts
 * const cache = cacheOf(clerkClient, "m2m");
 * cache.revoke("mt_1", Date.now());
 * ```
 */
export class CredentialCache<V extends VerifiedCredential> {
  readonly #known = new BoundedMap<string, Kept<V>>(KNOWN_MAX);
  readonly #unknown = new BoundedMap<string, Kept<V>>(UNKNOWN_MAX);
  readonly #flights = new BoundedMap<string, OwnFlight<V>>(FLIGHTS_MAX, (flight) => {
    flight.isSuperseded = true;
  });
  readonly #revokedIds = new Revocations();
  readonly #revokedHashes = new Revocations();
  /** Grows with every question and every revocation, so that their order is known. */
  #turn = 0;

  /** Makes a token bad for everybody, by its id, from now on. A question in flight cannot undo it. */
  revoke(tokenId: string, nowMs: number): void {
    this.#turn += 1;
    this.#revokedIds.add(tokenId, this.#turn, nowMs);
  }

  /** The same by the credential itself, for those who do not know its id. */
  revokeCredential(credential: string, nowMs: number): void {
    this.#turn += 1;
    this.#revokedHashes.add(hashKey(credential), this.#turn, nowMs);
  }

  /** What is known of a credential without asking, if that is fresh enough for the one who asks. */
  find(hash: string, asking: Asking): Kept<V> | undefined {
    const kept = this.#known.get(hash) ?? this.#unknown.get(hash);
    if (kept === undefined) return undefined;
    const ageMs = asking.nowMs - kept.askedAtMs;
    // What comes from the future was asked before the clock went back, nobody knows when.
    return ageMs >= 0 && ageMs < asking.cacheTtlMs ? kept : undefined;
  }

  /** What revocations make of an answer. */
  standing(hash: string, kept: Kept<V>, { nowMs, cacheTtlMs }: Asking): Standing {
    if (kept.answer.kind !== "verified") return "stands";
    const { id } = kept.answer.verified;
    const byId = this.#revokedIds.standing(id, kept.turn, nowMs, cacheTtlMs);
    return byId === "stands" ? this.#revokedHashes.standing(hash, kept.turn, nowMs, cacheTtlMs) : byId;
  }

  /**
   * Joins the question that is being asked about a credential, or asks it.
   *
   * @param waitMs how long the one who asks would wait; a flight older than that is left alone
   * @param ask asks Clerk, and never rejects
   */
  ask(hash: string, asking: Asking, waitMs: number, ask: () => Promise<Answer<V>>): Flight<V> {
    const last = this.#flights.get(hash);
    if (last !== undefined && isYoung(last, waitMs)) return last;
    if (last !== undefined) last.isSuperseded = true;

    this.#turn += 1;
    const { nowMs: askedAtMs } = asking;
    const turn = this.#turn;
    const land = (answer: Answer<V>): Kept<V> => {
      const kept = { answer, askedAtMs, turn };
      if (!flight.isSuperseded) {
        this.#flights.delete(hash);
        this.#keep(hash, kept, asking);
      }
      return kept;
    };
    const flight: OwnFlight<V> = {
      beganAtMs: Date.now(),
      isOverdue: false,
      isSuperseded: false,
      landed: ask().then(land),
    };
    this.#flights.set(hash, flight);
    return flight;
  }

  /** Keeps what may be kept, and forgets what the answer belies. A fault tells nothing about a credential. */
  #keep(hash: string, kept: Kept<V>, asking: Asking): void {
    const { answer } = kept;
    if (answer.kind === "down" || answer.kind === "fault") return;
    const isGoodNow =
      answer.kind === "verified" &&
      isGood(answer.verified, asking.nowMs) &&
      this.standing(hash, kept, asking) === "stands";
    if (!isGoodNow) this.#known.delete(hash);
    if (answer.kind !== "unknown") this.#unknown.delete(hash);
    if (asking.cacheTtlMs <= 0) return;
    if (isGoodNow) this.#known.set(hash, kept);
    if (answer.kind === "unknown") this.#unknown.set(hash, kept);
  }
}

/** Whether a question was asked so lately that its answer may still come in time. */
function isYoung(flight: OwnFlight<unknown>, waitMs: number): boolean {
  const ageMs = Date.now() - flight.beganAtMs;
  return !flight.isOverdue && ageMs >= 0 && ageMs < waitMs;
}

const caches = new WeakMap<object, Map<CredentialKind, unknown>>();

/**
 * The cache that all who use a client of Clerk's share.
 *
 * @param client `clerkClient`, whichever object that is
 * @param kind an API key's answer says nothing about an M2M token
 */
export function cacheOf<V extends VerifiedCredential>(client: object, kind: CredentialKind): CredentialCache<V> {
  const byKind = caches.get(client) ?? new Map<CredentialKind, unknown>();
  caches.set(client, byKind);
  const cache = (byKind.get(kind) as CredentialCache<V> | undefined) ?? new CredentialCache<V>();
  byKind.set(kind, cache);
  return cache;
}
