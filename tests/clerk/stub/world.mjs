// One Clerk instance as the Backend API sees it: its keys, its machines and what they have made.
import { isDeepStrictEqual } from "node:util";
import {
  newApiKeyId,
  newApiKeySecret,
  newInstanceId,
  newInstanceKey,
  newMachineId,
  newMachineKey,
  newToken,
  newTokenId,
} from "./names.mjs";
import { Refusal, refusalOf } from "./refusal.mjs";
import { SigningKey } from "./signing-key.mjs";

const DEFAULT_TOKEN_TTL_S = 3_600;
/** Clerk writes these into every JWT itself. */
const RESERVED_CLAIMS = ["iss", "sub", "exp", "nbf", "iat", "jti"];

/** What exists, and what may be done with it. Times are milliseconds. */
export class World {
  instanceId = newInstanceId();
  secretKey = newInstanceKey();
  issuer = "https://stub.clerk.accounts.dev";
  signingKey = new SigningKey(this.instanceId);
  apiKeys = [];
  machines = [];
  tokens = [];
  #now;

  constructor(now) {
    this.#now = now;
  }

  get now() {
    return this.#now();
  }

  addApiKey({ name = "key of the stub", subject = "user_stub", scopes = [], claims = null, ...rest } = {}) {
    const at = this.now;
    const { description = null, createdBy = null, expiration = null, revoked = false } = rest;
    const key = { id: rest.id ?? newApiKeyId(), secret: rest.secret ?? newApiKeySecret(), name, subject, scopes };
    Object.assign(key, { claims, description, createdBy, expiration, revoked, revocationReason: null });
    this.apiKeys.push(Object.assign(key, { lastUsedAt: null, createdAt: at, updatedAt: at }));
    return key;
  }

  addMachine({ name = "machine of the stub", scopedTo = [], defaultTokenTtl = DEFAULT_TOKEN_TTL_S } = {}) {
    const at = this.now;
    const machine = {
      id: newMachineId(),
      name,
      scopedTo: [...scopedTo],
      defaultTokenTtl,
      createdAt: at,
      updatedAt: at,
    };
    this.machines.push(Object.assign(machine, { keys: [{ secret: newMachineKey(), until: null }] }));
    return machine;
  }

  /** Whose key this is: the instance's, a machine's, or nobody's. */
  ownerOf(secret) {
    if (secret === this.secretKey) return { kind: "instance" };
    const holds = ({ secret: held, until }) => held === secret && (until === null || this.now < until);
    const machine = this.machines.find(({ keys }) => keys.some(holds));
    return machine === undefined ? undefined : { kind: "machine", machine };
  }

  /** One of a list by its id. */
  require(list, id) {
    const found = list.find((item) => item.id === id);
    if (found === undefined) throw refusalOf(404);
    return found;
  }

  /** The newest key is the machine's own; the one before stays valid for as long as was asked. */
  rotate(machine, previousTtlSeconds) {
    const [previous] = machine.keys;
    const kept = previousTtlSeconds > 0 ? [{ ...previous, until: this.now + previousTtlSeconds * 1_000 }] : [];
    machine.keys = [{ secret: newMachineKey(), until: null }, ...kept];
    return machine.keys[0].secret;
  }

  /** A token of `machine`: a new one, or one that lives long enough and is otherwise the same. */
  issue(machine, { ttlSeconds = null, claims = null, minRemainingSeconds, format = "opaque", expiration } = {}) {
    if (format === "jwt") return this.#signed(machine, ttlSeconds ?? machine.defaultTokenTtl, claims);
    const scopes = [...machine.scopedTo];
    const reusable =
      minRemainingSeconds === undefined ? undefined : this.#reusable(machine, claims, minRemainingSeconds);
    if (reusable !== undefined) return reusable;
    const at = this.now;
    const ends = expiration === undefined ? at + (ttlSeconds ?? machine.defaultTokenTtl) * 1_000 : expiration;
    const token = { id: newTokenId(), token: newToken(), subject: machine.id, scopes, claims, expiration: ends };
    this.tokens.push(Object.assign(token, { revoked: false, revocationReason: null, createdAt: at, updatedAt: at }));
    return token;
  }

  #reusable(machine, claims, minRemainingSeconds) {
    const lives = ({ expiration }) => expiration === null || expiration - this.now >= minRemainingSeconds * 1_000;
    return this.tokens.find(
      (token) =>
        token.subject === machine.id &&
        !token.revoked &&
        lives(token) &&
        isDeepStrictEqual(token.claims, claims) &&
        isDeepStrictEqual(token.scopes, machine.scopedTo),
    );
  }

  /** JWTs are nowhere kept: they can be neither listed nor revoked. */
  #signed(machine, ttlSeconds, claims) {
    const reserved = Object.keys(claims ?? {}).filter((name) => RESERVED_CLAIMS.includes(name));
    if (reserved.length > 0) throw new Refusal(422, "form_param_value_invalid", `reserved claims: ${reserved.join()}`);
    const id = newTokenId();
    const iat = Math.floor(this.now / 1_000);
    const own = { iss: this.issuer, sub: machine.id, iat, nbf: iat - 10, exp: iat + ttlSeconds, jti: id };
    const token = this.signingKey.sign({ ...claims, ...own });
    const common = {
      subject: machine.id,
      scopes: [...machine.scopedTo],
      claims,
      revoked: false,
      revocationReason: null,
    };
    return { id, token, ...common, expiration: own.exp * 1_000, createdAt: iat * 1_000, updatedAt: iat * 1_000 };
  }

  /** Marks a key or a token as revoked. */
  revoke(item, reason = null) {
    Object.assign(item, { revoked: true, revocationReason: reason, updatedAt: this.now });
    return item;
  }

  /** At its very expiration a thing has expired. */
  isExpired({ expiration }) {
    return expiration !== null && expiration <= this.now;
  }
}
