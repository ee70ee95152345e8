/** What anybody may have who only gives an e-mail address. */
import type { CreateOptions } from "../agent-key/types.js";
import { KeyrailError } from "../errors.js";
import { type KeyRequest, RouteRefusal } from "./key-request.js";
import { lifetimeMs } from "./lifetime.js";

const DEFAULT_LIFETIME = "24h";

/** What `POST /signup` gives away. */
export interface SignupOptions {
  /** The scopes of a key from `/signup`, unless it asks for fewer; default none. */
  readonly signupScopes?: readonly string[];
  /** Default `true`. Without it a sign-up that gives no address gets an account of its own. */
  readonly requireEmailForSignup?: boolean;
  /** The largest cap, in cents for each of its periods, and the cap of a key that asks for none. */
  readonly signupMaxBudgetCents?: number;
  /** The longest life, such as `"7d"`. Without it any may be asked for; the default is 24 hours. */
  readonly signupMaxExpiresIn?: string;
}

/** The same, read. */
export interface SignupRules {
  readonly scopes: readonly string[];
  readonly requireEmail: boolean;
  readonly budgetCentsMax: number | undefined;
  readonly expiresInMax: string | undefined;
  readonly expiresInDefault: string;
}

/**
 * Reads the options once, when the routes are made.
 *
 * @throws {KeyrailError} `invalid_option`
 */
export function readSignupRules(options: SignupOptions): SignupRules {
  const { signupMaxBudgetCents: budgetCentsMax, signupMaxExpiresIn: expiresInMax } = options;
  if ("signupRateLimit" in options) {
    throw new KeyrailError("invalid_option", "`signupRateLimit` never did anything: put a rate limiter before /signup");
  }
  if (budgetCentsMax !== undefined && !(Number.isSafeInteger(budgetCentsMax) && budgetCentsMax >= 0)) {
    throw new KeyrailError("invalid_option", "`signupMaxBudgetCents` must be a whole number of cents from 0");
  }
  if (expiresInMax !== undefined && lifetimeMs(expiresInMax) === undefined) {
    throw new KeyrailError("invalid_option", '`signupMaxExpiresIn` must be a duration such as "7d"');
  }
  return {
    scopes: options.signupScopes ?? [],
    requireEmail: options.requireEmailForSignup ?? true,
    budgetCentsMax,
    expiresInMax,
    expiresInDefault: isLonger(DEFAULT_LIFETIME, expiresInMax) ? (expiresInMax ?? "") : DEFAULT_LIFETIME,
  };
}

/**
 * The grant of somebody who is not known yet.
 *
 * @throws {RouteRefusal} 400
 */
export function signupGrant(rules: SignupRules, asked: KeyRequest): CreateOptions {
  const accountId = accountOf(rules, asked.email);
  const { budgetPeriod, name } = asked;
  const expiresIn = asked.expiresIn ?? rules.expiresInDefault;
  const budgetCents = asked.budgetCents ?? rules.budgetCentsMax ?? null;
  const foreign = (asked.scopes ?? []).filter((scope) => !rules.scopes.includes(scope));
  if (foreign.length > 0) refuse("Scopes", foreign.join(", "), rules.scopes);
  if (rules.budgetCentsMax !== undefined && budgetCents !== null && budgetCents > rules.budgetCentsMax) {
    refuse("Budget", String(budgetCents), rules.budgetCentsMax);
  }
  if (isLonger(expiresIn, rules.expiresInMax)) refuse("Expiry", expiresIn, rules.expiresInMax);
  return {
    accountId,
    scopes: asked.scopes ?? rules.scopes,
    budgetCents,
    budgetPeriod: budgetPeriod ?? null,
    expiresIn,
    ...(name === undefined ? {} : { name }),
  };
}

function refuse(what: "Scopes" | "Budget" | "Expiry", asked: string, allowed: unknown): never {
  throw new RouteRefusal(400, `${what} not allowed on signup: ${asked}`, { allowed });
}

/** Nobody has checked the address, so it must not open the account of the person whose address it is. */
function accountOf(rules: SignupRules, email: unknown): string {
  const given = typeof email === "string" && email !== "" ? email : undefined;
  const isText = given === undefined || !/\p{Cc}|\p{Cs}/u.test(given);
  if (!isText || (rules.requireEmail && !given?.includes("@"))) throw new RouteRefusal(400, "Valid email is required");
  return given === undefined ? `anon_${crypto.randomUUID()}` : `unverified:${given}`;
}

function isLonger(duration: string, max: string | undefined): boolean {
  return max !== undefined && (lifetimeMs(duration) ?? 0) > (lifetimeMs(max) ?? 0);
}
