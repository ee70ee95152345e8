/** Reads what the life of a token was told, and refuses what it cannot do. */
import { ttlMilliseconds } from "../duration.js";
import { KeyrailError } from "../errors.js";
import { type AskingTimes, askingTimes, checkM2MOptions } from "./door-settings.js";
import type { CreateM2MParams, M2MCreation, M2MOptions } from "./m2m-types.js";

/** Clerk keeps a replaced key no longer. */
const GRACE_MS_MAX = 28_800_000;

/**
 * Checks the options of `createM2M`.
 *
 * @throws {KeyrailError} `invalid_option`
 */
export function readM2MOptions(options: M2MOptions): AskingTimes {
  const { machineSecretKey } = options;
  checkM2MOptions(options);
  if (machineSecretKey !== undefined && !(typeof machineSecretKey === "string" && machineSecretKey !== "")) {
    throw invalid("machineSecretKey is not a machine's secret key; leave it out where the client has one");
  }
  return askingTimes(options);
}

/**
 * Checks what a new token should be.
 *
 * @throws {KeyrailError} `invalid_option`
 */
export function checkCreation(params: CreateM2MParams): M2MCreation {
  const { tokenFormat = "opaque", secondsUntilExpiration = null, claims = null, minRemainingTtlSeconds } = params;
  if (tokenFormat !== "opaque" && tokenFormat !== "jwt") throw invalid('`tokenFormat` is "opaque" or "jwt"');
  if (secondsUntilExpiration !== null) checkSeconds("secondsUntilExpiration", secondsUntilExpiration, 1);
  if (claims !== null && (typeof claims !== "object" || Array.isArray(claims))) throw invalid("`claims` is no object");
  const creation = { tokenFormat, secondsUntilExpiration, claims };
  if (minRemainingTtlSeconds === undefined) return creation;
  checkSeconds("minRemainingTtlSeconds", minRemainingTtlSeconds, 0);
  if (tokenFormat === "jwt") {
    throw invalid("a JWT is kept nowhere and never given again; leave minRemainingTtlSeconds out");
  }
  if (secondsUntilExpiration !== null && minRemainingTtlSeconds >= secondsUntilExpiration) {
    throw invalid("`minRemainingTtlSeconds` is less than `secondsUntilExpiration`; no token would live so long");
  }
  return { ...creation, minRemainingTtlSeconds };
}

/**
 * A grace in milliseconds.
 *
 * @throws {KeyrailError} `invalid_option`
 */
export function graceMs(grace: string | number = 0): number {
  const ms = ttlMilliseconds(grace);
  if (ms !== undefined && ms >= 0 && ms <= GRACE_MS_MAX) return ms;
  throw invalid('`grace` is a duration such as "5m", or ms, up to 8 hours');
}

/**
 * Refuses what is no id, before it becomes part of an address.
 *
 * @throws {KeyrailError} `invalid_option`
 */
export function requireId(name: string, id: unknown): asserts id is string {
  if (typeof id === "string" && /^[\w-]{1,255}$/.test(id)) return;
  throw invalid(`\`${name}\` is no id of Clerk's; ids are letters, digits, "_" and "-"`);
}

function checkSeconds(name: string, value: unknown, least: number): void {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= least) return;
  throw invalid(`\`${name}\` is a whole number of seconds, ${least} at least`);
}

function invalid(message: string): KeyrailError {
  return new KeyrailError("invalid_option", message);
}
