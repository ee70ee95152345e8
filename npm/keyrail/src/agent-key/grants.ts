/** What a new key or subject asks for, and why it may not have it. */
import { validateScopes } from "../algebra/index.js";
import { expiryFromDuration } from "../duration.js";
import { KeyrailError } from "../errors.js";
import type { Answer, MintRequest } from "../loop/request.js";
import type { NodeRow } from "../store/contract.js";
import * as check from "./checks.js";
import { notFound } from "./targets.js";
import type { GrantOptions } from "./types.js";

/** The part of a mint that its options say; `now` is when a lifetime begins. */
export function readGrant(
  options: GrantOptions,
  validScopes: readonly string[] | undefined,
  now: number,
): Omit<MintRequest, "id" | "parent" | "profile"> {
  const scopes = check.checkScopes(options.scopes);
  if (scopes !== null) {
    const checked = validateScopes(validScopes, scopes);
    // The text that agentkey's users know.
    if (!checked.valid) throw new KeyrailError("invalid_scopes", `Invalid scopes: ${checked.invalid.join(", ")}`);
  }
  const period = check.checkPeriod(options.budgetPeriod);
  check.checkTimeZone(options.budgetTimeZone);
  const expiresAt = expiryFromDuration(options.expiresIn, now)?.getTime() ?? null;
  if (options.onExceed !== undefined && options.onExceed !== "clamp" && options.onExceed !== "reject") {
    throw new KeyrailError("invalid_option", `onExceed is "clamp" or "reject"; got ${check.shown(options.onExceed)}`);
  }
  return {
    kind: "mint",
    scopes,
    cap: check.checkCap(options.budgetCents),
    period,
    alignment: check.checkWindow(options.budgetWindow),
    expiresAt,
    reject: options.onExceed === "reject",
  };
}

/** Whose a key is and what people call it. */
export function readProfile(options: GrantOptions): Pick<NodeRow, "userId" | "name" | "delegatedBy"> {
  return {
    userId: check.checkOptionalText("userId", options.userId),
    name: check.checkText("name", options.name ?? "default"),
    delegatedBy: check.checkOptionalText("delegatedBy", options.delegatedBy),
  };
}

/** What a mint that gave no key throws. */
export function mintRefusal(answer: Answer): KeyrailError {
  if (answer.tag !== "refused") return notFound();
  const { reason } = answer;
  if (reason === "depth_exceeded") return new KeyrailError(reason, "a key is at most 8 levels below its root");
  if (reason === "grant_exceeds_parent") {
    const message = "the parent does not have all that is asked for; ask for less, or let it be clamped";
    return new KeyrailError(reason, message);
  }
  return new KeyrailError(reason, `the parent may not mint (${reason}); name one that may be used`);
}
