// A stub of Clerk's Backend API: a real HTTP server on loopback and a free port, for the real SDK. It is
// strict about what it is asked, small inside, and fails in whatever way it is told to.
import { once } from "node:events";
import { createServer } from "node:http";
import { parsedBody } from "./body.mjs";
import { FAULTS, sendRight } from "./faults.mjs";
import { Refusal, refusalOf } from "./refusal.mjs";
import { answer } from "./routes.mjs";
import { World } from "./world.mjs";

export { CATEGORIES, SigningKey } from "./signing-key.mjs";

/**
 * @typedef {object} Settings
 * @property {() => number} [now] its clock, in milliseconds
 * @property {"answer" | "refusal"} [ended] whether a revoked or expired credential is verified with its
 *   state in the answer (the default) or refused with 400
 *
 * @typedef {object} Asked what one request was
 * @property {string} method
 * @property {string} path
 * @property {Record<string, string>} query
 * @property {Record<string, unknown> | undefined} body
 * @property {"instance" | "machine" | undefined} authorizedBy
 * @property {string | undefined} machine the id of the machine whose key it was
 * @property {string | undefined} fault what was done to its answer
 * @property {number | undefined} status of the answer, before a fault
 *
 * @typedef {object} FaultScope
 * @property {number} [times] how many requests it hits; all until `stop` otherwise
 * @property {string} [path] only these, such as `/m2m_tokens/verify`
 * @property {number | string} [retryAfter] of a refusal
 * @property {number} [ms] of `slow`
 */

/** One instance of Clerk with its Backend API. */
export class ClerkStub {
  /** Every request, in the order in which they came. @type {Asked[]} */
  requests = [];
  #world;
  #settings;
  #faults = [];
  #server;
  #machine;

  constructor(settings) {
    this.#settings = settings;
    this.#world = new World(settings.now ?? Date.now);
    this.#machine = this.#world.addMachine({ name: "first machine" });
    // It may verify what it has made itself, as the one machine of an example does.
    this.#machine.scopedTo = [this.#machine.id];
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  /** A stub that listens. @param {Settings} [settings] */
  static async start(settings = {}) {
    const stub = new ClerkStub(settings);
    stub.#server.listen(0, "127.0.0.1");
    await once(stub.#server, "listening");
    return stub;
  }

  /** Ends it with every connection, also of requests that hang. */
  async stop() {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  /** For `apiUrl` of the SDK. */
  get url() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  /** The instance's secret key. */
  get secretKey() {
    return this.#world.secretKey;
  }

  /** The secret key of the first machine. */
  get machineSecretKey() {
    return this.#machine.keys[0].secret;
  }

  /** The id of the first machine. */
  get machineId() {
    return this.#machine.id;
  }

  /** The public key for checks without a request, as PEM. */
  get jwtKey() {
    return this.#world.signingKey.pem;
  }

  /** The variables under which a program finds this instance. */
  get env() {
    return {
      CLERK_API_URL: this.url,
      CLERK_SECRET_KEY: this.secretKey,
      CLERK_MACHINE_SECRET_KEY: this.machineSecretKey,
      CLERK_JWT_KEY: this.jwtKey,
      CLERK_TELEMETRY_DISABLED: "1",
    };
  }

  /** An API key of `{ subject, scopes, claims, expiration, revoked, name, id, secret }`; gives its id and secret. */
  addApiKey(fields) {
    const { id, secret } = this.#world.addApiKey(fields);
    return { id, secret };
  }

  /** Marks an API key as revoked. */
  revokeApiKey(id) {
    this.#world.revoke(this.#world.require(this.#world.apiKeys, id));
  }

  /** A machine of `{ name, scopedTo, defaultTokenTtl }`, where `scopedTo` are the ids it may speak to. */
  addMachine(fields) {
    const { id, keys } = this.#world.addMachine(fields);
    return { id, secretKey: keys[0].secret };
  }

  /** A token of a machine, `{ machine, claims, ttlSeconds, expiration, format }`, without a request. */
  addToken({ machine = this.machineId, ...fields } = {}) {
    const { id, token } = this.#world.issue(this.#world.require(this.#world.machines, machine), fields);
    return { id, token };
  }

  /** Marks an opaque token as revoked, without a request. */
  revokeToken(id) {
    this.#world.revoke(this.#world.require(this.#world.tokens, id));
  }

  /** A JWT signed with the instance's key that says whatever it is told to. */
  signJwt(payload, header) {
    return this.#world.signingKey.sign(payload, header);
  }

  /**
   * From now on answers go wrong. The newest fault that fits a request has it.
   *
   * @param {string | number} kind a name in `FAULTS`: a status, `hang`, `reset`, `html`, …
   * @param {FaultScope} [scope]
   * @returns {{stop(): void, release(): void, caught: Promise<Asked>}} `stop` ends the fault, `release`
   *   lets go what is `held`, `caught` is the first request that it hits, once its answer is due
   */
  fail(kind, scope = {}) {
    const cause = FAULTS[kind];
    if (cause === undefined) throw new Error(`no fault "${kind}"; there are: ${Object.keys(FAULTS).join(", ")}`);
    const { promise: released, resolve: release } = promiseWithResolvers();
    const { promise: caught, resolve: hit } = promiseWithResolvers();
    const left = scope.times ?? Number.POSITIVE_INFINITY;
    const fault = { kind: String(kind), cause, left, scope, released, hit };
    this.#faults.unshift(fault);
    return { stop: () => this.#drop(fault), release, caught };
  }

  /** Ends every fault. */
  heal() {
    this.#faults = [];
  }

  /** The requests for one path. */
  askedFor(path) {
    return this.requests.filter((asked) => asked.path === path);
  }

  #drop(fault) {
    this.#faults = this.#faults.filter((other) => other !== fault);
  }

  #faultFor(path) {
    const fault = this.#faults.find(({ scope }) => scope.path === undefined || scope.path === path);
    if (fault !== undefined) {
      fault.left -= 1;
      if (fault.left <= 0) this.#drop(fault);
    }
    return fault;
  }

  async #serve(request, response) {
    const { pathname: path, searchParams } = new URL(request.url, "http://stub");
    const asked = { method: request.method, path, query: Object.fromEntries(searchParams), body: undefined };
    Object.assign(asked, { authorizedBy: undefined, machine: undefined, fault: undefined, status: undefined });
    this.requests.push(asked);
    // Taken on arrival, so that `times` counts requests in the order in which they came.
    const fault = this.#faultFor(path);
    asked.fault = fault?.kind;
    const text = await textOf(request);
    // Who has gone away before he had said what he wants gets no answer.
    if (text === undefined) return;
    const right = this.#right(asked, request.headers, text);
    asked.status = right.status;
    if (fault === undefined) return sendRight(response, right);
    fault.hit(asked);
    await fault.cause(response, right, { ...fault.scope, released: fault.released });
  }

  /** The answer that is due, whatever becomes of it. */
  #right(asked, headers, text) {
    try {
      checkHeaders(headers);
      asked.body = parsedBody(text);
      const owner = this.#ownerOf(headers.authorization);
      asked.authorizedBy = owner.kind;
      asked.machine = owner.machine?.id;
      const value = answer({ ...asked, owner, world: this.#world, ended: this.#settings.ended });
      return { status: 200, text: JSON.stringify(value) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { status: error.status, text: JSON.stringify(error.body) };
    }
  }

  #ownerOf(authorization) {
    const [, secret] = /^Bearer (\S+)$/.exec(authorization ?? "") ?? [];
    const owner = secret === undefined ? undefined : this.#world.ownerOf(secret);
    if (owner === undefined) throw refusalOf(401);
    return owner;
  }
}

/** What the SDK sends with every request. */
function checkHeaders(headers) {
  if (headers["content-type"] !== "application/json") {
    throw new Refusal(415, "unsupported_content_type", "The content type is not application/json.");
  }
  if (!/^\d{4}-\d{2}-\d{2}$/.test(headers["clerk-api-version"] ?? "")) {
    throw new Refusal(400, "api_version_invalid", "There is no Clerk-API-Version with a date.");
  }
}

async function textOf(request) {
  const parts = [];
  try {
    for await (const part of request) parts.push(part);
  } catch (error) {
    if (error.code === "ECONNRESET") return undefined;
    throw error;
  }
  return Buffer.concat(parts).toString("utf8");
}

/** `Promise.withResolvers`, which Node 20 has not. */
function promiseWithResolvers() {
  let resolve;
  const promise = new Promise((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
