/** The life of machine-to-machine tokens, thin over Clerk's client: made, verified, revoked, listed, rotated. */
import { KeyrailError } from "../errors.js";
import { callClerk } from "./clerk-call.js";
import { type CredentialCache, cacheOf } from "./credential-cache.js";
import { askAboutM2M } from "./m2m-ask.js";
import { checkCreation, graceMs, readM2MOptions, requireId } from "./m2m-options.js";
import { createdOf, pageOf, secretOf } from "./m2m-read.js";
import type {
  CreatedM2MToken,
  CreateM2MParams,
  ListM2MParams,
  M2M,
  M2MOptions,
  M2MTokenPage,
  M2MVerification,
  ReplacedToken,
  RotatedM2MToken,
  RotateM2MParams,
  RotateMachineKeyParams,
} from "./m2m-types.js";
import { Retirements } from "./retirements.js";
import type { VerifiedM2MToken } from "./types.js";
import type { Verdict } from "./verdict.js";
import { verifier } from "./verifier.js";

/**
 * Makes what looks after machine-to-machine tokens.
 *
 * Nothing here decides anything about money: a middleware on the same `clerkClient` shares what Clerk said about
 * a token, and so refuses what was revoked here at once.
 *
 * @throws {KeyrailError} `invalid_option`
 * @example
 * ```ts
 * const m2m = createM2M({ clerkClient: createClerkClient(loadClerkEnv()) });
 * const { token } = await m2m.create({ secondsUntilExpiration: 3600, minRemainingTtlSeconds: 300 });
 * await fetch(url, { headers: { authorization: `Bearer ${token}` } });
 * ```
 */
export function createM2M(options: M2MOptions): M2M {
  return new ClerkM2M(options);
}

class ClerkM2M implements M2M {
  readonly #client: M2MOptions["clerkClient"];
  /** With every call, or nothing where the client has its own. */
  readonly #key: { readonly machineSecretKey?: string };
  readonly #timeoutMs: number;
  readonly #now: () => number;
  /** Of all who ask this client, and of this object where it asks with a key of its own. */
  readonly #caches: readonly CredentialCache<VerifiedM2MToken>[];
  readonly #verify: (token: string) => Promise<Verdict<VerifiedM2MToken>>;
  readonly #retirements: Retirements;
  readonly #onEvent: M2MOptions["onEvent"];

  constructor(options: M2MOptions) {
    const { clerkClient, machineSecretKey, formats = ["opaque"], machines, clock = Date.now, onEvent } = options;
    const { cacheTtlMs, timeoutMs } = readM2MOptions(options);
    this.#client = clerkClient;
    this.#key = machineSecretKey === undefined ? {} : { machineSecretKey };
    this.#timeoutMs = timeoutMs;
    this.#now = clock;
    // What one key may see another may not: whoever brings his own shares no answer with the client's.
    const asks = machineSecretKey === undefined ? clerkClient : this;
    this.#caches = [...new Set([clerkClient, asks])].map((asked) => cacheOf<VerifiedM2MToken>(asked, "m2m"));
    this.#verify = verifier<VerifiedM2MToken>({
      kind: "m2m",
      client: asks,
      verify: askAboutM2M((token) => clerkClient.m2m.verify({ ...this.#key, token })),
      now: clock,
      cacheTtlMs,
      timeoutMs,
      strictPrefix: false,
      formats,
      ...(machines !== undefined && { machines }),
    });
    this.#onEvent = onEvent;
    this.#retirements = new Retirements(
      clock,
      (tokenId) => this.#end(tokenId),
      (tokenId, fault) => this.#notRevoked(tokenId, fault),
    );
  }

  async create(params?: CreateM2MParams): Promise<CreatedM2MToken> {
    this.#retirements.run();
    const doing = "making a token";
    const asked = checkCreation(params ?? {});
    const answer = await this.#call(doing, this.#method("createToken"), { ...this.#key, ...asked });
    return createdOf(answer, doing, asked.tokenFormat);
  }

  async verify(token: string): Promise<M2MVerification> {
    this.#retirements.run();
    if (typeof token !== "string") return { valid: false, reason: "invalid_token" };
    const verdict = await this.#verify(token);
    switch (verdict.kind) {
      case "good":
        return { valid: true, token: verdict.verified };
      case "bad":
        return { valid: false, reason: "invalid_token" };
      case "down": {
        const wait = verdict.retryAfterSeconds === undefined ? "" : `; try again in ${verdict.retryAfterSeconds} s`;
        throw new KeyrailError("identity_unavailable", `verifying a token: ${verdict.message}${wait}`);
      }
      case "fault":
        throw new KeyrailError("clerk_fault", `verifying a token: ${verdict.message}`);
    }
  }

  async revoke(tokenId: string, reason?: string): Promise<void> {
    requireId("tokenId", tokenId);
    await this.#end(tokenId, reason);
    this.#retirements.drop(tokenId);
    this.#retirements.run();
  }

  async list(params: ListM2MParams): Promise<M2MTokenPage> {
    this.#retirements.run();
    requireId("subject", params?.subject);
    const doing = `listing the tokens of ${params.subject}`;
    return pageOf(await this.#call(doing, this.#method("list"), { ...this.#key, ...params }), doing);
  }

  async rotate(previous: ReplacedToken, params?: RotateM2MParams): Promise<RotatedM2MToken> {
    const { id, expiration } = previous ?? {};
    requireId("previous.id", id);
    const { grace, ...asked } = params ?? {};
    const waitMs = graceMs(grace);
    if ("minRemainingTtlSeconds" in asked) {
      throw new KeyrailError("invalid_option", "rotate makes a new token; minRemainingTtlSeconds may give the old one");
    }
    const created = await this.create(asked);
    const endsAt = this.#now() + waitMs;
    if (typeof expiration === "number" && expiration <= endsAt) {
      return { created, previous: { id, endsAt: expiration, end: "expires" } };
    }
    if (waitMs > 0) {
      this.#retirements.add(id, waitMs);
      return { created, previous: { id, endsAt, end: "pending" } };
    }
    // No failure is thrown: the new token must reach its machine, whatever becomes of the one before.
    const ending = await this.#retirements.endNow(id);
    if (ending === "never") return { created, previous: { id, endsAt: expiration ?? null, end: "refused" } };
    return { created, previous: { id, endsAt, end: ending === "ended" ? "revoked" : "pending" } };
  }

  async rotateMachineKey(params: RotateMachineKeyParams): Promise<{ readonly secretKey: string }> {
    const { machineId, grace } = params ?? {};
    requireId("machineId", machineId);
    const machines = this.#client.machines;
    if (typeof machines?.rotateSecretKey !== "function") throw lacking("machines.rotateSecretKey");
    const doing = `giving ${machineId} a new key`;
    const asked = { machineId, previousTokenTtl: Math.ceil(graceMs(grace) / 1_000) };
    return { secretKey: secretOf(await this.#call(doing, machines.rotateSecretKey.bind(machines), asked), doing) };
  }

  /** Here first, so that no answer that is on its way undoes it, and again when Clerk knows. */
  async #end(tokenId: string, revocationReason?: string): Promise<void> {
    this.#forget(tokenId);
    const params = { ...this.#key, m2mTokenId: tokenId, ...(revocationReason !== undefined && { revocationReason }) };
    await this.#call(`revoking ${tokenId}`, this.#method("revokeToken"), params);
    this.#forget(tokenId);
  }

  /** What Clerk will not do it is asked once; what it could not do just now, again. */
  #notRevoked(tokenId: string, fault: unknown): "again" | "never" {
    const code = fault instanceof KeyrailError ? fault.code : "clerk_fault";
    const isFinal = code === "not_found" || code === "clerk_refused" || code === "clerk_method_missing";
    const next = isFinal ? "it is none that can be, as no JWT is" : "it is tried again";
    try {
      this.#onEvent?.({ type: "notice", code: "token_not_revoked", message: `${tokenId}: ${code}; ${next}` });
    } catch {
      // A listener that fails is not the fault of the work, and nobody else is there to be told.
    }
    return isFinal ? "never" : "again";
  }

  #forget(tokenId: string): void {
    for (const cache of this.#caches) cache.revoke(tokenId, this.#now());
  }

  #method(name: "createToken" | "revokeToken" | "list"): (params: never) => Promise<unknown> {
    const { m2m } = this.#client;
    const method = m2m[name];
    if (typeof method !== "function") throw lacking(`m2m.${name}`);
    return (method as (params: never) => Promise<unknown>).bind(m2m);
  }

  #call(doing: string, method: (params: never) => Promise<unknown>, params: object): Promise<unknown> {
    const secrets = Object.values(this.#key);
    return callClerk({ doing, timeoutMs: this.#timeoutMs, secrets }, () => method(params as never));
  }
}

function lacking(method: string): KeyrailError {
  const message = `clerkClient has no ${method}; pass createClerkClient() of a later @clerk/backend, 2.25 at least`;
  return new KeyrailError("clerk_method_missing", message);
}
