/** The doors for Clerk's credentials: Clerk says who calls, and the row of its subject what that one may do. */
import {
  type Caller,
  type Denial,
  type Door,
  invalidToken,
  missing,
  providerDown,
  readBearer,
  timeOf,
  unavailable,
} from "../guard/index.js";
import { alreadyVerified } from "./already-verified.js";
import { BudgetSync } from "./budget-sync.js";
import { ClerkCaller } from "./caller.js";
import type { ApiKeyDoorOptions, ClerkDoorOptions, M2MDoorOptions } from "./door-options.js";
import { canReserveBySubject, checkM2MOptions, checkMethod, readDoorOptions } from "./door-settings.js";
import { askAboutM2M } from "./m2m-ask.js";
import { SubjectRows } from "./subject-row.js";
import type { CredentialKind, VerifiedApiKey, VerifiedCredential, VerifiedM2MToken } from "./types.js";
import { verifier } from "./verifier.js";

/** What tells one kind of credential from the other over HTTP. */
interface Kind {
  readonly kind: CredentialKind;
  /** The name under which a handler is told what Clerk says. */
  readonly known: "clerkApiKey" | "m2m";
  readonly missing: string;
  readonly invalid: string;
  /** Whether what Clerk's own middleware says is taken where the options do not say. */
  readonly reuseAuth: boolean;
}

const API_KEY: Kind = {
  kind: "apiKey",
  known: "clerkApiKey",
  missing: "Missing API key",
  invalid: "invalid_key",
  reuseAuth: true,
};
const M2M: Kind = {
  kind: "m2m",
  known: "m2m",
  missing: "Missing M2M token",
  invalid: "invalid_token",
  // The middleware may have asked with another key: which machine a token may speak to depends on it.
  reuseAuth: false,
};

/** Finds what Clerk's own middleware has left on a request. */
export type AuthOf<Asked> = (asked: Asked) => unknown;

/** How a credential is asked about, by those who know the client. */
interface Asking<Verified, Asked> {
  readonly authOf: AuthOf<Asked> | undefined;
  readonly client: object;
  readonly verify: (credential: string) => Promise<Verified>;
  readonly formats?: readonly ("opaque" | "jwt")[] | undefined;
  readonly machines?: readonly string[] | undefined;
}

/**
 * The door for Clerk's API keys.
 *
 * @param authOf finds what Clerk's own middleware has left, if it was mounted
 * @throws {KeyrailError} `invalid_option`, `parent_unsupported`, `sync_budget_unsupported`
 * @example
 * ```ts
 * const caller = await apiKeyDoor({ clerkClient, ak }).enter(["Bearer ak_…"], request);
 * ```
 */
export function apiKeyDoor<Asked>(options: ApiKeyDoorOptions, authOf?: AuthOf<Asked>): Door<Asked> {
  const { clerkClient } = options;
  checkMethod("apiKeys.verify", clerkClient?.apiKeys?.verify);
  return clerkDoor<VerifiedApiKey, Asked>(API_KEY, options, {
    authOf,
    client: clerkClient,
    verify: (secret) => clerkClient.apiKeys.verify(secret),
  });
}

/**
 * The door for Clerk's machine-to-machine tokens.
 *
 * @param authOf finds what Clerk's own middleware has left, if it was mounted
 * @throws {KeyrailError} `invalid_option`, `parent_unsupported`, `sync_budget_unsupported`
 * @example
 * ```ts
 * const caller = await m2mDoor({ clerkClient, ak, machines: ["mch_…"] }).enter(["Bearer mt_…"], request);
 * ```
 */
export function m2mDoor<Asked>(options: M2MDoorOptions, authOf?: AuthOf<Asked>): Door<Asked> {
  const { clerkClient, formats, machines } = options;
  checkM2MOptions(options);
  return clerkDoor<VerifiedM2MToken, Asked>(M2M, options, {
    authOf,
    client: clerkClient,
    verify: askAboutM2M((token) => clerkClient.m2m.verify({ token })),
    formats,
    machines,
  });
}

function clerkDoor<Verified extends VerifiedCredential, Asked>(
  kind: Kind,
  options: ClerkDoorOptions<Verified>,
  asking: Asking<Verified, Asked>,
): Door<Asked> {
  const { ak, budgetBy, strictPrefix = false, reuseAuth = kind.reuseAuth } = options;
  const { formats = ["opaque"], machines, client, verify } = asking;
  const authOf = reuseAuth ? asking.authOf : undefined;
  const ask = verifier<Verified>({
    ...readDoorOptions(options),
    kind: kind.kind,
    client,
    verify,
    now: () => timeOf(ak),
    strictPrefix,
    formats,
    ...(machines !== undefined && { machines }),
  });
  const sync = new BudgetSync(options);
  const shared = { ak, rows: new SubjectRows(options, sync), sync };

  const enter = async (authorization: readonly string[], asked: Asked): Promise<Caller | Denial> => {
    const bearer = readBearer(authorization);
    if (bearer.kind === "missing") return missing(kind.missing);
    if (bearer.kind === "malformed") return invalidToken(kind.invalid);
    const vouched = authOf && ((secret: string) => alreadyVerified<Verified>(authOf(asked), kind.kind, secret));
    const verdict = await ask(bearer.secret, vouched);
    switch (verdict.kind) {
      case "good": {
        const { verified } = verdict;
        const subject = budgetBy === "key" ? verified.id : verified.subject;
        // A copy, since the answer is one for many requests and handlers may write into what they are given.
        return new ClerkCaller(shared, subject, verified, { [kind.known]: { ...verified } });
      }
      case "bad":
        return invalidToken(kind.invalid);
      case "down":
        ak.notice?.("identity_unavailable", `a request was answered with 503: ${verdict.message}`);
        return providerDown(verdict.retryAfterSeconds);
      case "fault":
        ak.notice?.("auth_unavailable", `a request was answered with 500: ${verdict.message}`);
        return unavailable();
    }
  };
  return { ak, canReserve: canReserveBySubject(ak), enter };
}
