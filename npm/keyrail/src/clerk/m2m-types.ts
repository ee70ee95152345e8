/** What the life of a machine-to-machine token is told and tells: the SDK's shapes, without the SDK. */
import type { KeyrailEvent } from "../agent-key/types.js";
import type { ClerkM2MClient, VerifiedM2MToken } from "./types.js";

/** What a new token should be. */
export interface CreateM2MParams {
  /** `"opaque"` (default), which can be revoked, or `"jwt"`, which anybody verifies without asking Clerk and nobody can revoke. */
  readonly tokenFormat?: "opaque" | "jwt" | undefined;
  /** How long it lives, in whole seconds; nothing means as long as its machine says. */
  readonly secondsUntilExpiration?: number | undefined;
  /** What it says beside its machine. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
  /**
   * Gives an opaque token again that has the same claims and lives for that many seconds at least: whoever
   * starts often pays for one token. It is less than the lifetime.
   */
  readonly minRemainingTtlSeconds?: number | undefined;
}

/** A token with the text that its machine sends: show it to nobody else. */
export interface CreatedM2MToken extends VerifiedM2MToken {
  readonly token: string;
}

/** A token that is to be replaced. */
export interface ReplacedToken {
  readonly id: string;
  /** When it ends by itself, in ms; it is not revoked where that is soon enough. */
  readonly expiration?: number | null | undefined;
}

/** What a new token in place of another should be. */
export interface RotateM2MParams extends Omit<CreateM2MParams, "minRemainingTtlSeconds"> {
  /** For how long the one before stays good: a duration or ms, up to 8 hours; default 0. */
  readonly grace?: string | number | undefined;
}

/** A new token, and what becomes of the one before. */
export interface RotatedM2MToken {
  readonly created: CreatedM2MToken;
  readonly previous: {
    readonly id: string;
    /** When it ends, in ms; null for one that does not end by itself. */
    readonly endsAt: number | null;
    /**
     * `"revoked"`: it has ended. `"expires"`: Clerk ends it. `"pending"`: this object revokes it then, or tries
     * again if that failed, as long as the process lives; should it not, `revoke(id)` by whoever does.
     * `"refused"`: Clerk will not revoke it, as it does no JWT.
     */
    readonly end: "revoked" | "expires" | "pending" | "refused";
  };
}

/** Which machine gets a new secret key. */
export interface RotateMachineKeyParams {
  readonly machineId: string;
  /** For how long Clerk still takes the key before: a duration or ms, up to 8 hours; default 0. */
  readonly grace?: string | number | undefined;
}

/** Which tokens to list; only opaque ones are anywhere kept. */
export interface ListM2MParams {
  /** The machine whose tokens they are. */
  readonly subject: string;
  readonly revoked?: boolean | undefined;
  readonly expired?: boolean | undefined;
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
}

/** Some of a machine's tokens, the newest first. */
export interface M2MTokenPage {
  readonly data: readonly VerifiedM2MToken[];
  readonly totalCount: number;
}

/** Whether a token is good, and whose it is. */
export type M2MVerification =
  | { readonly valid: true; readonly token: VerifiedM2MToken }
  | { readonly valid: false; readonly reason: "invalid_token" };

/** The part of Clerk's backend client that `createM2M` calls. */
export interface ClerkM2MManager {
  readonly m2m: ClerkM2MClient["m2m"] & {
    createToken?(params: Keyed & M2MCreation): Promise<unknown>;
    revokeToken?(params: Keyed & { m2mTokenId: string; revocationReason?: string }): Promise<unknown>;
    list?(params: Keyed & { subject: string }): Promise<unknown>;
  };
  readonly machines?: {
    rotateSecretKey?(params: { machineId: string; previousTokenTtl: number }): Promise<unknown>;
  };
}

/** What a new token is asked with, each member under the SDK's name. */
export interface M2MCreation {
  tokenFormat: "opaque" | "jwt";
  secondsUntilExpiration: number | null;
  claims: Record<string, unknown> | null;
  minRemainingTtlSeconds?: number;
}

/** Every call for a machine may bring that machine's own key. */
interface Keyed {
  machineSecretKey?: string;
}

/** What `createM2M` takes. */
export interface M2MOptions {
  /** Clerk's backend client: `createClerkClient()` of `@clerk/backend` 2.25 or later, or a framework's. */
  readonly clerkClient: ClerkM2MManager;
  /** The machine's secret key, where the client has none or another one. */
  readonly machineSecretKey?: string | undefined;
  /** Which formats `verify` takes; default only `"opaque"`. */
  readonly formats?: readonly ("opaque" | "jwt")[] | undefined;
  /** The ids of the machines whose tokens `verify` takes; nothing takes every machine's. */
  readonly machines?: readonly string[] | undefined;
  /** How long an answer about a token is good: a duration or ms, up to an hour; default `"60s"`. */
  readonly cacheTtl?: string | number | undefined;
  /** How long to wait for Clerk: a duration or ms, up to a minute; default `"3s"`. */
  readonly timeout?: string | number | undefined;
  /** ms since the epoch; default `Date.now`. */
  readonly clock?: (() => number) | undefined;
  /** Hears of a token that could not be revoked when its grace was over. */
  readonly onEvent?: ((event: KeyrailEvent) => void) | undefined;
}

/**
 * The life of machine-to-machine tokens. Every method throws a `KeyrailError`: `identity_unavailable` where Clerk
 * cannot be reached or understood, `clerk_unauthorized` where it does not take the key, `clerk_refused` where it
 * does not take what was asked, `not_found`, `clerk_method_missing` for a client that is too old, `invalid_option`.
 */
export interface M2M {
  /** Makes a token for this machine; the client has its secret key, or `machineSecretKey` is. */
  create(params?: CreateM2MParams): Promise<CreatedM2MToken>;
  /**
   * Tells whether a token is good. It asks with the machine's key if there is one (then the token must be meant
   * for that machine), else with the instance's; a JWT is verified here with the `jwtKey` of the client, or with
   * keys that are fetched now and then. What Clerk said is good for `cacheTtl`, and shared with the middlewares
   * on the same client.
   */
  verify(token: string): Promise<M2MVerification>;
  /**
   * Ends an opaque token, here at once, whatever Clerk says about the request. With a machine's key only the
   * tokens of that machine.
   */
  revoke(tokenId: string, reason?: string): Promise<void>;
  /** Lists the opaque tokens of a machine. */
  list(params: ListM2MParams): Promise<M2MTokenPage>;
  /**
   * Makes a new token, and ends the one before after `grace`: by its own expiry where that is soon enough, else
   * by a revoke, for which nothing is kept waiting. Give tokens a lifetime, and the first is the rule.
   */
  rotate(previous: ReplacedToken, params?: RotateM2MParams): Promise<RotatedM2MToken>;
  /** Gives a machine a new secret key; Clerk takes the one before for the grace. The client has the instance's key. */
  rotateMachineKey(params: RotateMachineKeyParams): Promise<{ readonly secretKey: string }>;
}
