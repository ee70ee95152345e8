/** Where a request's credential becomes a caller: a secret of Keyrail's own, or one that somebody else vouches for. */
import type { Ref, ReserveOptions, ReserveResult, ValidKey } from "../agent-key/types.js";
import { readBearer } from "./bearer.js";
import { type Denial, invalidToken, missing } from "./denial.js";
import { type AdmittedKey, canSettle, type GuardedKeys, type GuardedRows, type RefusedKey } from "./guarded-keys.js";

/** Somebody whose credential was recognised, though not yet what it may do. */
export interface Caller {
  /** What the handler is told of it beside `agentKey`, by the names under which it is told. */
  readonly known: Readonly<Record<string, unknown>>;
  /** The row that its requests count on. */
  readonly ref: Ref;
  validate(): Promise<ValidKey | RefusedKey>;
  /** Sets money aside; only where the door `canReserve`. */
  reserve(options: ReserveOptions): Promise<ReserveResult>;
  /** Both in one; undefined where the keys know only the two. */
  admit(options: ReserveOptions): Promise<AdmittedKey> | undefined;
}

/** The way in for one kind of credential. */
export interface Door<Asked> {
  /** Where the rows are. */
  readonly ak: GuardedRows;
  /** Whether its callers can set money aside, and those holds be ended. */
  readonly canReserve: boolean;
  /**
   * Recognises the caller of one request, or refuses it.
   *
   * @param authorization the `Authorization` field's values, one for each time the header was sent
   * @param asked the request, as its framework knows it
   */
  enter(authorization: readonly string[], asked: Asked): Promise<Caller | Denial> | Caller | Denial;
}

/**
 * The door for Keyrail's own secrets. It asks nobody: `validate` tells whether a secret is known.
 *
 * @example
 * ```ts
 * const caller = await keyDoor(ak).enter(["Bearer ak_…"], request);
 * if (!isDenial(caller)) await caller.validate();
 * ```
 */
export function keyDoor(ak: GuardedKeys): Door<unknown> {
  return {
    ak,
    canReserve: typeof ak.reserve === "function" && canSettle(ak),
    enter(authorization) {
      const bearer = readBearer(authorization);
      if (bearer.kind === "missing") return missing("Missing API key");
      return bearer.kind === "malformed" ? invalidToken("invalid") : new SecretCaller(ak, bearer.secret);
    },
  };
}

/** A caller who sent one of Keyrail's own secrets. */
class SecretCaller implements Caller {
  readonly known = {};
  readonly ref: Ref;
  readonly #ak: GuardedKeys;
  readonly #secret: string;

  constructor(ak: GuardedKeys, secret: string) {
    this.#ak = ak;
    this.#secret = secret;
    this.ref = { key: secret };
  }

  validate(): Promise<ValidKey | RefusedKey> {
    return this.#ak.validate(this.#secret);
  }

  reserve(options: ReserveOptions): Promise<ReserveResult> {
    if (this.#ak.reserve === undefined) throw new TypeError("the keys cannot hold");
    return this.#ak.reserve(this.#secret, options);
  }

  admit(options: ReserveOptions): Promise<AdmittedKey> | undefined {
    return this.#ak.admit?.(this.#secret, options);
  }
}

/** Whether a request was refused at the door. */
export function isDenial(entered: Caller | Denial): entered is Denial {
  return "status" in entered;
}
