/** Reads what a door for Clerk's credentials was told, and refuses what it cannot do. */
import { ttlMilliseconds } from "../duration.js";
import { KeyrailError } from "../errors.js";
import { canSettle } from "../guard/index.js";
import type { ClerkDoorOptions, ClerkKeys, M2MDoorOptions } from "./door-options.js";

const CACHE_TTL_MS_MAX = 3_600_000;
const TIMEOUT_MS_MAX = 60_000;
const METHODS = ["validateBySubject", "ensureSubject", "trackUsageBySubject", "hasScope"] as const;

/** How a door asks Clerk. */
export interface AskingTimes {
  readonly cacheTtlMs: number;
  readonly timeoutMs: number;
}

/**
 * Checks the options that every kind of credential shares.
 *
 * @throws {KeyrailError} `invalid_option`: an option is no such thing; `parent_unsupported`,
 * `sync_budget_unsupported`: the keys are an older object that would ignore it
 * @example
 * ```ts
 * const { cacheTtlMs } = readDoorOptions({ ak, cacheTtl: "30s" }); // 30_000
 * ```
 */
export function readDoorOptions<Verified>(options: ClerkDoorOptions<Verified>): AskingTimes {
  const { ak, budgetBy, unknownSubject } = options;
  const missing = METHODS.filter((method) => typeof ak?.[method] !== "function");
  if (missing.length > 0) throw invalid(`ak lacks ${missing.join(", ")}; pass an AgentKey`);
  if (options.parent !== undefined && typeof ak.budgets !== "function") {
    throw new KeyrailError("parent_unsupported", "`parent` needs an AgentKey; these keys know no tree");
  }
  if (options.syncBudget !== undefined && !(typeof ak.setBudget === "function" && typeof ak.budgets === "function")) {
    throw new KeyrailError("sync_budget_unsupported", "`syncBudget` needs keys with budgets and setBudget");
  }
  checkChoice("budgetBy", budgetBy, ["subject", "key"]);
  checkChoice("unknownSubject", unknownSubject, ["allow", "deny"]);
  return askingTimes(options);
}

/**
 * How Clerk is asked, for whatever asks it.
 *
 * @throws {KeyrailError} `invalid_option`
 */
export function askingTimes(options: Pick<ClerkDoorOptions<never>, "cacheTtl" | "timeout">): AskingTimes {
  const { cacheTtl = "60s", timeout = "3s" } = options;
  return {
    cacheTtlMs: milliseconds("cacheTtl", cacheTtl, 0, CACHE_TTL_MS_MAX),
    timeoutMs: milliseconds("timeout", timeout, 1, TIMEOUT_MS_MAX),
  };
}

/** Whether money can be set aside for a subject. */
export function canReserveBySubject(ak: ClerkKeys): boolean {
  return typeof ak.reserveBySubject === "function" && canSettle(ak);
}

/**
 * Checks who is asked about tokens, and which of them are taken.
 *
 * @throws {KeyrailError} `invalid_option`
 */
export function checkM2MOptions(options: Pick<M2MDoorOptions, "clerkClient" | "formats" | "machines">): void {
  const { clerkClient, formats, machines } = options;
  checkMethod("m2m.verify", clerkClient?.m2m?.verify);
  checkTexts("formats", formats, ["opaque", "jwt"]);
  checkTexts("machines", machines);
}

/**
 * Refuses a client of Clerk's that lacks what it is asked by.
 *
 * @throws {KeyrailError} `invalid_option`
 */
export function checkMethod(name: string, method: unknown): void {
  if (typeof method === "function") return;
  throw invalid(`clerkClient has no ${name}; pass createClerkClient() of @clerk/backend 2.25 or later`);
}

/** Refuses a list that holds something else than what it may. */
function checkTexts(name: string, list: readonly string[] | undefined, allowed?: readonly string[]): void {
  if (list === undefined) return;
  const isGood = (text: unknown) => typeof text === "string" && text !== "" && (allowed?.includes(text) ?? true);
  if (Array.isArray(list) && list.length > 0 && list.every(isGood)) return;
  throw invalid(`\`${name}\` is a list of ${allowed?.join(" and ") ?? "ids"}, one at least; got something else`);
}

function checkChoice(name: string, value: string | undefined, choices: readonly string[]): void {
  if (value !== undefined && !choices.includes(value)) throw invalid(`\`${name}\` is ${choices.join(" or ")}`);
}

function milliseconds(name: string, value: string | number, least: number, most: number): number {
  const ms = ttlMilliseconds(value);
  if (ms !== undefined && ms >= least && ms <= most) return ms;
  throw invalid(`\`${name}\` is a duration such as "5s", or ms, from ${least} to ${most} ms`);
}

function invalid(message: string): KeyrailError {
  return new KeyrailError("invalid_option", message);
}
