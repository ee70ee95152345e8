/** What is asked of a hold, and why it may not be asked. */
import { ttlMilliseconds } from "../duration.js";
import type { Cost } from "../loop/ledger.js";
import type { ReserveRequest } from "../loop/request.js";
import { refused } from "./answers.js";
import * as check from "./checks.js";
import type { Admittance, Reason, ReserveOptions, ReserveResult, Validation } from "./types.js";

/** How long a hold lives unless said otherwise. */
export const DEFAULT_TTL = "5m";

/** The part of a reserve that its options say. */
export type HoldAsked = Pick<ReserveRequest, "cost" | "atLeast" | "ttlMs" | "idempotencyKey" | "metadata">;

/**
 * Reads the options of a reserve.
 *
 * @param costOf a number of cents as an amount, or why it is none
 * @throws KeyrailError `invalid_idempotency_key`, `invalid_metadata`
 */
export function readHold(options: ReserveOptions, costOf: (cents: unknown) => Cost | Reason): HoldAsked | Reason {
  const cost = costOf(options?.costCents);
  if (typeof cost === "string") return cost;
  const atLeast = options.atLeastCents === undefined ? null : costOf(options.atLeastCents);
  if (typeof atLeast === "string") return atLeast;
  if (atLeast !== null && options.atLeastCents !== undefined && options.atLeastCents > options.costCents) {
    return "invalid_cost";
  }
  const ttlMs = ttlMilliseconds(options.ttl ?? DEFAULT_TTL);
  if (ttlMs === undefined || !Number.isSafeInteger(ttlMs)) return "invalid_ttl";
  const idempotencyKey = check.checkIdempotencyKey(options.idempotencyKey);
  const metadata = check.checkMetadata(options.metadata);
  return { cost, atLeast: atLeast?.asked ?? null, ttlMs, idempotencyKey, metadata };
}

/** A validation, and a hold only where it is good: so nothing is held for whoever was refused. */
export async function inTurn(
  validate: () => Promise<Validation>,
  reserve: () => Promise<ReserveResult>,
): Promise<Admittance> {
  const validation = await validate();
  return { validation, reserved: validation.valid ? await reserve() : refused(validation.reason) };
}
