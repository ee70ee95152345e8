/** The one class that people use. */
import { engine } from "#engine";
import { hasScope, type ScopesValidation, validateScopes } from "../algebra/index.js";
import { ttlMilliseconds } from "../duration.js";
import { KeyrailError } from "../errors.js";
import { AGENTKEY, generateKey } from "../keys/whole.js";
import { reasonOf } from "../loop/decide.js";
import { type Environment, realEnvironment } from "../loop/environment.js";
import type { Cost } from "../loop/ledger.js";
import type { Answer, MintRequest, Request, Target } from "../loop/request.js";
import { RequestLoop } from "../loop/request-loop.js";
import type { NodeRow, Page, Store } from "../store/contract.js";
import {
  asRefusal,
  refused,
  toBudgetInfo,
  toCents,
  toCreatedKey,
  toHold,
  toInvalidKey,
  toOptionalCents,
  toRefused,
  toReserveResult,
  toValidKey,
} from "./answers.js";
import * as check from "./checks.js";
import { checkedTime } from "./clock.js";
import { mintRefusal, readGrant, readProfile } from "./grants.js";
import { isHoldId, newHoldId } from "./hold-id.js";
import { DEFAULT_TTL, inTurn, readHold } from "./hold-request.js";
import { storeOf } from "./store-of.js";
import { notFound, secretTarget, subjectTarget, type TargetOf, targetOf } from "./targets.js";
import type {
  Admittance,
  AgentKeyOptions,
  BudgetChange,
  BudgetInfo,
  ChargeOptions,
  ChargeResult,
  CreatedKey,
  CreateOptions,
  ExtendResult,
  KeyrailEvent,
  Reason,
  Ref,
  Refused,
  ReleaseResult,
  ReserveOptions,
  ReserveResult,
  SettleResult,
  Stats,
  SubjectOptions,
  SubtreeNode,
  Validation,
  ValidKey,
} from "./types.js";

/** How many rows a listing takes at a time. */
const LIST_LIMIT = 500;
/** How many characters of a secret may be shown after its prefix. */
const SHOWN_LENGTH = 8;
/** What follows the prefix of a subject's row, which has no secret to show a part of. */
const SUBJECT_PREFIX = "ext";

/**
 * Keys with a hard cap, scopes and an expiry, and the keys that they mint, over a store.
 *
 * No method needs another to be called first, and the constructor does no I/O. Costs are cents,
 * fractions allowed; times in answers are ISO strings. What the key or the budget does not allow is
 * an answer. Beside what each method names, a KeyrailError is thrown where the store does not answer
 * (`store_unavailable`), is too busy (`store_contended`) or the core fails (`engine_fault`).
 *
 * @example
 * ```ts
 * import { AgentKey } from "keyrail";
 * import { memory } from "keyrail/stores/memory";
 *
 * const ak = new AgentKey({ store: memory() });
 * const { key } = await ak.create({ accountId: "acme", budgetCents: 1_000 });
 * const held = await ak.reserve(key, { costCents: 100 });
 * if (held.success) await ak.settle(held.hold.id, { costCents: 42.5 });
 * console.log(await ak.validate(key));
 * ```
 */
export class AgentKey {
  readonly #store: Store;
  readonly #keyPrefix: string;
  readonly #validScopes: readonly string[] | undefined;
  readonly #wholeCents: boolean;
  readonly #environment: Environment;
  readonly #onEvent: ((event: KeyrailEvent) => void) | undefined;
  readonly #loop: RequestLoop;
  /** The first `ensureSubject` of each subject that is under way; later ones wait for it. */
  readonly #ensuring = new Map<string, Promise<void>>();
  /** Nodes whose use is being noted. */
  readonly #touching = new Set<number>();

  /**
   * @throws KeyrailError `missing_store`, `invalid_text`, `invalid_option`, `invalid_table_name`
   */
  constructor(options: AgentKeyOptions) {
    const store = storeOf(options);
    const { costRounding = "exact", keyPrefix = AGENTKEY.prefix, clock = Date.now } = options;
    if (costRounding !== "exact" && costRounding !== "cent") {
      throw new KeyrailError("invalid_option", `costRounding is "exact" or "cent"; got ${check.shown(costRounding)}`);
    }
    this.#store = store;
    this.#keyPrefix = check.checkText("keyPrefix", keyPrefix);
    this.#validScopes = check.checkScopes(options.validScopes) ?? undefined;
    this.#wholeCents = costRounding === "cent";
    this.#onEvent = options.onEvent;
    this.#environment = environmentOf(options, () => checkedTime(clock));
    this.#loop = new RequestLoop({
      store,
      engine,
      environment: this.#environment,
      onNotice: (code, message) => this.notice(code, message),
    });
  }

  /** Makes what the store needs; with `dryRun` only returns the statements. */
  async migrate(options: { readonly dryRun?: boolean } = {}): Promise<readonly string[]> {
    return this.#store.migrate({ dryRun: options.dryRun ?? false });
  }

  /**
   * Mints a key. Below a parent it gets at most what the parent has; `clamped` says what was cut.
   *
   * @throws KeyrailError `invalid_scopes`, `invalid_period`, `invalid_budget_window`,
   * `unsupported_time_zone`, `invalid_duration`, `invalid_cost`, `amount_out_of_range`,
   * `invalid_text`, `invalid_option`, `invalid_ref`, `not_found`, `depth_exceeded`,
   * `grant_exceeds_parent`, and why the parent may not mint (`revoked`, `expired`, …)
   */
  async create(options: CreateOptions): Promise<CreatedKey> {
    const accountId = check.checkText("accountId", options.accountId);
    const grant = readGrant(options, this.#validScopes, this.now());
    const prefix = this.#keyPrefix;
    const displayLength = prefix.length + SHOWN_LENGTH;
    const { key, keyHash, keyPrefix } = generateKey({ ...AGENTKEY, prefix, displayLength });
    const profile = { ...readProfile(options), hash: keyHash, subject: null, keyPrefix, accountId };
    const answer = await this.#mint({ ...grant, profile }, options.parent);
    if (answer.tag !== "minted") throw mintRefusal(answer);
    return toCreatedKey(key, answer);
  }

  /**
   * Binds a budget row to an outside identity, once: if the subject has one already, nothing
   * changes. Safe to call from many places at once.
   *
   * @throws KeyrailError as `create`, and `invalid_subject`
   */
  async ensureSubject(subject: string, options: SubjectOptions = {}): Promise<void> {
    const name = check.checkSubject(subject);
    const accountId = check.checkText("accountId", options.accountId ?? subject);
    const grant = readGrant(options, this.#validScopes, this.now());
    const running = this.#ensuring.get(name);
    if (running !== undefined) return running;
    const keyPrefix = this.#keyPrefix + SUBJECT_PREFIX;
    const profile = { ...readProfile(options), hash: null, subject: name, keyPrefix, accountId };
    const work = this.#ensure({ ...grant, profile }, name, options.parent).finally(() => this.#ensuring.delete(name));
    this.#ensuring.set(name, work);
    return work;
  }

  /** Whether a secret may be used now, and what is left of its own budget. Fresh at every call. */
  async validate(key: string): Promise<Validation> {
    return this.#validate(secretTarget(key));
  }

  /** The same for an outside identity. */
  async validateBySubject(subject: string): Promise<Validation> {
    return this.#validate(subjectTarget(subject));
  }

  /**
   * Charges a key and every key above it, or none of them. A cost that is not a finite number, is
   * out of range or does not fit is a result, never thrown; a cost ≤ 0 is a bare success.
   *
   * @throws KeyrailError `invalid_option`, `invalid_idempotency_key`, `invalid_metadata`
   */
  trackUsage(key: string, options: ChargeOptions): Promise<ChargeResult> {
    return this.#charge(secretTarget, key, options);
  }

  /** The same for an outside identity. */
  trackUsageBySubject(subject: string, options: ChargeOptions): Promise<ChargeResult> {
    return this.#charge(subjectTarget, subject, options);
  }

  /**
   * Sets money aside before work begins, in the key and every key above it, or nothing. It comes
   * back by itself at `expiresAt` unless it is settled, released or extended.
   *
   * @throws KeyrailError `invalid_idempotency_key`, `invalid_metadata`
   */
  async reserve(key: string, options: ReserveOptions): Promise<ReserveResult> {
    return toReserveResult(await this.#hold(secretTarget(key), options, false));
  }

  /** The same for an outside identity. */
  async reserveBySubject(subject: string, options: ReserveOptions): Promise<ReserveResult> {
    return toReserveResult(await this.#hold(subjectTarget(subject), options, false));
  }

  /**
   * `validate` and then `reserve`, in one turn of the key's tree. A subclass's own two are asked one by one.
   *
   * @throws KeyrailError as `reserve`
   * @example
   * ```ts
   * const { validation, reserved } = await ak.admit(key, { costCents: 25 });
   * if (validation.valid && reserved.success) await ak.settle(reserved.hold.id, { costCents: 12 });
   * ```
   */
  admit(key: string, options: ReserveOptions): Promise<Admittance> {
    const own = AgentKey.prototype;
    if (this.validate === own.validate && this.reserve === own.reserve) return this.#admit(secretTarget, key, options);
    const validate = (): Promise<Validation> => this.validate(key);
    return inTurn(validate, () => this.reserve(key, options));
  }

  /** The same for an outside identity. */
  admitBySubject(subject: string, options: ReserveOptions): Promise<Admittance> {
    const own = AgentKey.prototype;
    if (this.validateBySubject === own.validateBySubject && this.reserveBySubject === own.reserveBySubject) {
      return this.#admit(subjectTarget, subject, options);
    }
    const validate = (): Promise<Validation> => this.validateBySubject(subject);
    return inTurn(validate, () => this.reserveBySubject(subject, options));
  }

  /**
   * Charges what a hold was for and frees the rest. It is recorded in full even if the hold has
   * ended meanwhile (`late`) or was smaller. A second settle gives the first answer.
   *
   * @throws KeyrailError `invalid_metadata`
   */
  async settle(
    holdId: string,
    options: { readonly costCents: number; readonly metadata?: ChargeOptions["metadata"] },
  ): Promise<SettleResult> {
    const cost = this.#cost(options?.costCents, true);
    if (typeof cost === "string") return refused(cost);
    const metadata = check.checkMetadata(options.metadata);
    if (!isHoldId(holdId)) return refused("hold_not_found");
    const answer = await this.#loop.submit({ kind: "settle", hold: holdId, cost, metadata });
    if (answer.tag !== "settled") return toRefused(asRefusal(answer), "hold_not_found");
    const { overdraft, late } = answer;
    return { success: true, costCents: toCents(answer.cost), overdraftCents: toCents(overdraft), late };
  }

  /** Gives a hold back; one that was released or has expired gives 0. */
  async release(holdId: string): Promise<ReleaseResult> {
    if (!isHoldId(holdId)) return refused("hold_not_found");
    const answer = await this.#loop.submit({ kind: "release", hold: holdId });
    if (answer.tag !== "released") return toRefused(asRefusal(answer), "hold_not_found");
    return { success: true, releasedCents: toCents(answer.amount) };
  }

  /** Gives an open hold more time (never less), another amount, or both. */
  async extend(
    holdId: string,
    options: { readonly ttl?: string | number; readonly costCents?: number } = {},
  ): Promise<ExtendResult> {
    const { ttl, costCents } = options;
    const cost = costCents === undefined ? null : this.#cost(costCents, true);
    if (typeof cost === "string") return refused(cost);
    const ttlMs = ttl === undefined && cost !== null ? null : ttlMilliseconds(ttl ?? DEFAULT_TTL);
    if (ttlMs === undefined || (ttlMs !== null && !Number.isSafeInteger(ttlMs))) return refused("invalid_ttl");
    if (!isHoldId(holdId)) return refused("hold_not_found");
    const answer = await this.#loop.submit({ kind: "extend", hold: holdId, ttlMs, cost: cost?.cost ?? null });
    if (answer.tag !== "held") return toRefused(asRefusal(answer), "hold_not_found");
    return { success: true, hold: toHold(answer.hold) };
  }

  /** Whether a validation grants a scope: null scopes and `admin` grant all. */
  hasScope(result: Pick<ValidKey, "scopes">, scope: string): boolean {
    return hasScope(result, scope);
  }

  /** Which of these scopes `validScopes` does not have. */
  validateScopes(scopes: readonly string[]): ScopesValidation {
    return validateScopes(this.#validScopes, scopes);
  }

  /**
   * Revokes a key, and with it all that it minted. `false`: there is no such key, it was revoked
   * before, or it is not of `accountId` (`undefined` and `null` ask for no owner).
   *
   * @throws KeyrailError `invalid_ref`
   */
  async revoke(id: number, accountId?: string | number | null): Promise<boolean> {
    const owner = accountId === undefined || accountId === null ? null : String(accountId);
    const answer = await this.#loop.submit({ kind: "revoke", target: { id: check.checkId(id) }, accountId: owner });
    return answer.tag === "revoked" && answer.now;
  }

  /**
   * Revokes a key and marks every key below it. From the first commit on nothing below it works;
   * the marks follow.
   *
   * @throws KeyrailError `not_found`
   */
  async revokeTree(ref: Ref): Promise<{ readonly revoked: number }> {
    const nodes = await this.#listSubtree(ref);
    const top = nodes[0];
    if (top === undefined) throw notFound();
    let revoked = Number(await this.revoke(top.id));
    // Nothing can be minted below the top any more, so this list is whole.
    const open = (await this.#listSubtree({ id: top.id })).filter((node) => node.revokedAt === null);
    for (const isRevoked of await Promise.all(open.map((node) => this.revoke(node.id)))) revoked += Number(isRevoked);
    return { revoked };
  }

  /**
   * A key and all keys below it, by id.
   *
   * @throws KeyrailError `not_found`
   */
  async subtree(ref: Ref): Promise<SubtreeNode[]> {
    return (await this.#listSubtree(ref)).map(({ id, parentId, path, name, revokedAt }) => {
      return { id, parentId, path, depth: path.split("/").length - 1, name, revoked: revokedAt !== null };
    });
  }

  /**
   * Every budget on the chain, root first, also while the key is blocked.
   *
   * @throws KeyrailError `not_found`
   */
  async budgets(ref: Ref): Promise<BudgetInfo[]> {
    return (await this.#budgets(ref)).chain.map(toBudgetInfo);
  }

  /**
   * The budget of the chain with the least remaining; `null` where no key has a cap.
   *
   * @throws KeyrailError `not_found`
   */
  async headroom(ref: Ref): Promise<BudgetInfo | null> {
    const { chain, binding } = await this.#budgets(ref);
    const budget = binding === null ? undefined : chain[binding];
    return budget === undefined ? null : toBudgetInfo(budget);
  }

  /**
   * Changes a cap or its windows. What was spent and held stays; a cap below it admits nothing more
   * until it fits again.
   *
   * @throws KeyrailError `not_found`, `invalid_ref`, `invalid_cost`, `amount_out_of_range`,
   * `invalid_period`, `invalid_budget_window`, `unsupported_time_zone`
   */
  async setBudget(ref: Ref, change: BudgetChange): Promise<BudgetInfo> {
    check.checkTimeZone(change.budgetTimeZone);
    const request: Request = {
      kind: "setBudget",
      target: targetOf(ref),
      ...(change.budgetCents === undefined ? {} : { cap: check.checkCap(change.budgetCents) }),
      ...(change.budgetPeriod === undefined ? {} : { period: check.checkPeriod(change.budgetPeriod) }),
      ...(change.budgetWindow === undefined ? {} : { alignment: check.checkWindow(change.budgetWindow) }),
    };
    const answer = await this.#loop.submit(request);
    if (answer.tag !== "budgetSet") throw notFound();
    return toBudgetInfo(answer.budget);
  }

  /** The time that decisions are made at, in ms: by this instance's clock, or the store's where that is off. */
  now(): number {
    return this.#loop.now();
  }

  /** The work of this instance so far. */
  stats(): Stats {
    return { queue: this.#loop.queued, retries: this.#loop.retries, commitLatencyMs: this.#loop.commitLatencyMs };
  }

  /** Resolves when everything asked so far has its answer. The store stays its owner's to close. */
  async close(): Promise<void> {
    await this.#loop.idle();
  }

  /** Tells `onEvent` something that its owner should know. A fault of the listener goes no further. */
  notice(code: string, message: string): void {
    // A listener that throws, or whose promise rejects, must not fail the request that it is told about.
    const told = async (): Promise<void> => this.#onEvent?.({ type: "notice", code, message });
    void told().catch(() => undefined);
  }

  async #validate(target: Target | null): Promise<Validation> {
    if (target === null) return { valid: false, reason: "invalid" };
    return this.#toValidation(await this.#loop.submit({ kind: "validate", target }));
  }

  #toValidation(answer: Answer): Validation {
    if (answer.tag !== "valid") return toInvalidKey(asRefusal(answer));
    if (answer.touchDue) this.#touch(answer.row.id);
    return toValidKey(answer);
  }

  /** Notes a use in the background; it may fail, and the next validate tries again. */
  #touch(id: number): void {
    if (this.#touching.has(id)) return;
    this.#touching.add(id);
    const done = (): boolean => this.#touching.delete(id);
    void this.#loop.submit({ kind: "touch", target: { id } }).then(done, done);
  }

  async #charge(toTarget: TargetOf, name: string, options: ChargeOptions): Promise<ChargeResult> {
    const target = toTarget(name);
    // Below zero there is nothing to charge, however far: only a cost above the range is refused.
    const isNone = Number.isFinite(options?.costCents) && options.costCents <= 0;
    const cost = this.#cost(isNone ? 0 : options?.costCents, false);
    if (typeof cost === "string") return refused(cost);
    const overdraft = check.checkFlag("overdraft", options.overdraft);
    const idempotencyKey = check.checkIdempotencyKey(options.idempotencyKey);
    const metadata = check.checkMetadata(options.metadata);
    if (isNone) return { success: true };
    if (target === null) return refused("invalid_key");
    const answer = await this.#loop.submit({ kind: "charge", target, cost, overdraft, idempotencyKey, metadata });
    if (answer.tag !== "charged") return toRefused(asRefusal(answer), "invalid_key");
    return {
      success: true,
      budgetUsedCents: toCents(answer.used),
      budgetRemainingCents: toOptionalCents(answer.remaining),
      ...(overdraft ? { overdraftCents: toCents(answer.overdraft) } : {}),
    };
  }

  /** Asks for a hold; with `validates` the answer tells of the key too. */
  #hold(target: Target | null, options: ReserveOptions, validates: boolean): Promise<Answer> | Refused {
    const asked = readHold(options, (cents) => this.#cost(cents, true));
    if (typeof asked === "string") return refused(asked);
    if (target === null) return refused("invalid");
    const hold = newHoldId(this.now());
    return this.#loop.submit({ kind: "reserve", target, hold, wholeCents: this.#wholeCents, validates, ...asked });
  }

  async #admit(toTarget: TargetOf, name: string, options: ReserveOptions): Promise<Admittance> {
    const target = toTarget(name);
    const answer = await this.#hold(target, options, true);
    const reserved = toReserveResult(answer);
    if ("tag" in answer) {
      const validated = "validated" in answer ? answer.validated : undefined;
      if (validated !== undefined) return { validation: this.#toValidation(validated), reserved };
      if (answer.tag === "unknown") return { validation: this.#toValidation(answer), reserved };
    }
    // What was refused before it was asked, or is the answer of an earlier try, tells nothing of the key.
    return { validation: await this.#validate(target), reserved };
  }

  /** A number of cents as an amount, or why it is none. */
  #cost(cents: unknown, refuseNegative: boolean): Cost | Reason {
    if (typeof cents !== "number" || Number.isNaN(cents) || (refuseNegative && cents < 0)) return "invalid_cost";
    const cost = this.#loop.parseCost(cents, this.#wholeCents);
    return typeof cost === "number" ? (reasonOf(cost) as Reason) : cost;
  }

  async #mint(request: Omit<MintRequest, "id" | "parent">, parent: Ref | undefined): Promise<Answer> {
    const above = parent === undefined ? null : targetOf(parent);
    const id = await this.#loop.allocate();
    return this.#loop.submit({ ...request, id, parent: above });
  }

  async #ensure(request: Omit<MintRequest, "id" | "parent">, subject: string, parent: Ref | undefined): Promise<void> {
    const known = await this.#loop.submit({ kind: "budgets", target: { subject } });
    if (known.tag !== "unknown") return;
    const answer = await this.#mint(request, parent);
    if (answer.tag !== "minted" && answer.tag !== "taken") throw mintRefusal(answer);
  }

  async #budgets(ref: Ref): Promise<Extract<Answer, { tag: "budgets" }>> {
    const answer = await this.#loop.submit({ kind: "budgets", target: targetOf(ref) });
    if (answer.tag !== "budgets") throw notFound();
    return answer;
  }

  async #listSubtree(ref: Ref): Promise<NodeRow[]> {
    const { chain } = await this.#budgets(ref);
    const [root, own] = [chain[0], chain.at(-1)];
    if (root === undefined || own === undefined) throw notFound();
    const rows: NodeRow[] = [];
    let cursor: string | null = null;
    do {
      const query = { subtree: { tree: root.id, path: own.path } };
      const page: Page = await this.#loop.list(query, { cursor, limit: LIST_LIMIT });
      for (const row of page.rows) if (row.kind === "node") rows.push(row);
      cursor = page.cursor;
    } while (cursor !== null);
    return rows;
  }
}

/** An environment may be injected for simulation; otherwise the process's own. */
function environmentOf(
  options: AgentKeyOptions & { readonly environment?: Partial<Environment> },
  clock: () => number,
): Environment {
  const real = realEnvironment(clock, options.clock === undefined ? "system" : "injected");
  return options.environment === undefined ? real : { ...real, ...options.environment, clock };
}
