/** Reads what Clerk answered when it was asked to do something. */
import { KeyrailError } from "../errors.js";
import { unreadable } from "./clerk-call.js";
import type { CreatedM2MToken, M2MTokenPage } from "./m2m-types.js";
import type { VerifiedM2MToken } from "./types.js";

/**
 * A token that was made.
 *
 * @throws {KeyrailError} `identity_unavailable`: the answer is none; `clerk_method_missing`: the client knows no
 * such format
 */
export function createdOf(answer: unknown, doing: string, format: "opaque" | "jwt"): CreatedM2MToken {
  if (!isToken(answer) || !isText((answer as { token?: unknown }).token)) throw unreadable(doing);
  const created = answer as CreatedM2MToken;
  const isJwt = created.token.split(".").length === 3;
  if (isJwt === (format === "jwt")) return created;
  const message = `${doing}: a token of format "${format}" was asked for and another came, with the id ${created.id}; this @clerk/backend is too old to ask for formats`;
  throw new KeyrailError("clerk_method_missing", message);
}

/**
 * A page of tokens.
 *
 * @throws {KeyrailError} `identity_unavailable`
 */
export function pageOf(answer: unknown, doing: string): M2MTokenPage {
  const { data, totalCount } = (isObject(answer) ? answer : {}) as Partial<M2MTokenPage>;
  if (!Array.isArray(data) || !data.every(isToken) || typeof totalCount !== "number") throw unreadable(doing);
  return { data, totalCount };
}

/**
 * A machine's new secret key.
 *
 * @throws {KeyrailError} `identity_unavailable`
 */
export function secretOf(answer: unknown, doing: string): string {
  const secret = isObject(answer) ? answer["secret"] : undefined;
  if (!isText(secret)) throw unreadable(doing);
  return secret;
}

function isToken(value: unknown): value is VerifiedM2MToken {
  return isObject(value) && isText(value["id"]) && isText(value["subject"]);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
