/** One request on resident rows: its command, and the ledger's answer in the words of the caller. */
import type { EntryRow, NodeRow } from "../store/contract.js";
import { type Command, type Decided, known, type Ledger, type Rule } from "./ledger.js";
import type { BudgetNumbers, HoldNumbers, Outcome } from "./outcome.js";
import type { Pending } from "./pending.js";
import type { Answer, BudgetView, HoldView, MintRequest, RefusalReason, Request, SetBudgetRequest } from "./request.js";
import type { ResidentNode, Residents } from "./residents.js";

/** The reasons by the numbers that they have in the core. */
const REASONS: readonly RefusalReason[] = [
  "invalid",
  "revoked",
  "ancestor_revoked",
  "expired",
  "ancestor_expired",
  "budget_exceeded",
  "invalid_key",
  "amount_out_of_range",
  "hold_settled",
  "hold_expired",
  "invalid_ttl",
  "window_rolled",
  "idempotency_key_reused",
  "depth_exceeded",
  "grant_exceeds_parent",
  "invalid_cost",
];

/** The reason behind a number of the core. */
export function reasonOf(number: number): RefusalReason {
  return known(REASONS[number]);
}

/** The node that a request is about: its own, its hold's, or the parent of a new one. */
export function nodeOf(residents: Residents, request: Request): ResidentNode | undefined {
  if (request.kind === "mint") return request.parent === null ? undefined : residents.find(request.parent);
  if ("target" in request) return residents.find(request.target);
  return residents.findHold(request.hold)?.node;
}

/** What a decision left. A node or hold that it made is named by its handle in the ledger. */
export interface Decision {
  readonly answer: Answer;
  readonly wrote: boolean;
  readonly newNode: { readonly handle: number; readonly row: NodeRow } | null;
  readonly newHold: { readonly handle: number; readonly id: string } | null;
}

function validates(request: Request): boolean {
  return request.kind === "reserve" && request.validates;
}

/** What stands for a command that the ledger did not answer; it answers every one. */
const MISSING: Decided = { wrote: false, outcome: { tag: "missing" } };

/** Decides requests on one tree's rows. */
export class Decider {
  readonly #ledger: Ledger;
  readonly #residents: Residents;

  constructor(ledger: Ledger, residents: Residents) {
    this.#ledger = ledger;
    this.#residents = residents;
  }

  /** Decides requests whose rows are resident, one after another, at the process's time `now`. */
  decide(batch: readonly Pending[], now: number): Decision[] {
    const nodes = batch.map((pending) => nodeOf(this.#residents, pending.request));
    const settled = batch.map((pending, index) => this.#withoutCommand(pending, nodes[index], now));
    const commands: Command[] = [];
    batch.forEach(({ request }, index) => {
      if (settled[index] !== null) return;
      if (validates(request)) commands.push({ kind: "validate", node: nodes[index]?.handle ?? 0 });
      commands.push(this.#command(request, nodes[index], now));
    });
    const decided = this.#ledger.decide(now, commands);
    let next = 0;
    return batch.map(({ request }, index) => {
      const before = settled[index];
      if (before !== null && before !== undefined) return before;
      const validated = validates(request) ? (decided[next++] ?? MISSING) : null;
      const decision = this.#decision(request, nodes[index], decided[next++] ?? MISSING, now);
      return validated === null ? decision : this.#withValidation(decision, validated, nodes[index]);
    });
  }

  /** The decision of a request that needs no command: it has an entry already, or nothing to act on. */
  #withoutCommand(pending: Pending, node: ResidentNode | undefined, now: number): Decision | null {
    const { request } = pending;
    if (pending.prior !== null) return plain(this.#replay(pending, now));
    if (node === undefined && !(request.kind === "mint" && request.parent === null)) return plain({ tag: "unknown" });
    if (request.kind === "revoke" && request.accountId !== null && node?.row.accountId !== request.accountId) {
      return plain({ tag: "revoked", now: false });
    }
    return null;
  }

  #decision(request: Request, node: ResidentNode | undefined, decided: Decided, now: number): Decision {
    const { wrote, outcome } = decided;
    if (request.kind === "mint" && outcome.tag === "minted") return this.#minted(request, node, outcome, now);
    const isNewHold = request.kind === "reserve" && outcome.tag === "held";
    const newHold = isNewHold ? { handle: outcome.hold.hold, id: request.hold } : null;
    return { answer: this.#answer(outcome, node, newHold?.id ?? null), wrote, newNode: null, newHold };
  }

  #withValidation(decision: Decision, validated: Decided, node: ResidentNode | undefined): Decision {
    const { answer } = decision;
    if (answer.tag !== "held" && answer.tag !== "refused") return decision;
    return { ...decision, answer: { ...answer, validated: this.#answer(validated.outcome, node, null) } };
  }

  #replay(pending: Pending, now: number): Answer {
    const { prior, request } = pending;
    const node = nodeOf(this.#residents, request);
    if (prior === null) return { tag: "unknown" };
    if (request.kind === "mint") return this.#mintedBefore(request, prior);
    if (request.kind === "setBudget" && node !== undefined) {
      const outcome = this.#ledger.decide(now, [{ kind: "budgets", node: node.handle }])[0]?.outcome;
      const own = outcome?.tag === "budgets" ? outcome.chain.at(-1) : undefined;
      if (own !== undefined) return { tag: "budgetSet", budget: this.#budget(own) };
    }
    const hold = prior.hold === null ? null : (this.#residents.findHold(prior.hold) ?? null);
    if (prior.hold !== null && hold === null) return { tag: "unknown" };
    const asked = pending.isOwn || !("cost" in request) ? null : (request.cost as { asked: number }).asked;
    return this.#answer(this.#ledger.replay(now, prior, hold?.handle ?? null, asked), node, null);
  }

  /** The answer of a mint whose commit turned out to have happened, whatever was changed since. */
  #mintedBefore(request: MintRequest, entry: EntryRow): Answer {
    const row = this.#residents.find({ id: request.id })?.row;
    if (row === undefined) return { tag: "unknown" };
    const capMicrocents = request.cap === null ? null : entry.amountMicrocents;
    const sameScopes = JSON.stringify(row.scopes) === JSON.stringify(request.scopes);
    const clamped = {
      scopes: request.scopes !== null && !sameScopes,
      budgetCents: request.cap !== capMicrocents,
      expiresAt: request.expiresAt !== null && request.expiresAt !== row.expiresAt,
    };
    return { tag: "minted", row: { ...row, capMicrocents, period: request.period }, clamped };
  }

  #command(request: Request, node: ResidentNode | undefined, now: number): Command {
    const handle = node?.handle ?? 0;
    switch (request.kind) {
      case "validate":
      case "budgets":
      case "revoke":
      case "touch":
        return { kind: request.kind, node: handle };
      case "charge":
        return { kind: "charge", node: handle, cost: request.cost, overdraft: request.overdraft };
      case "reserve": {
        const { cost, atLeast, wholeCents, ttlMs } = request;
        return { kind: "reserve", node: handle, cost, atLeast, wholeCents, ttlMs };
      }
      case "settle":
        return { kind: "settle", hold: this.#holdHandle(request.hold), cost: request.cost };
      case "release":
        return { kind: "release", hold: this.#holdHandle(request.hold) };
      case "extend":
        return { kind: "extend", hold: this.#holdHandle(request.hold), ttlMs: request.ttlMs, cost: request.cost };
      case "mint":
        return {
          kind: "mint",
          id: request.id,
          parent: node?.handle ?? null,
          cap: request.cap,
          rule: { period: request.period, alignment: request.alignment, anchorAt: now },
          reject: request.reject,
          expiresAt: request.expiresAt,
          scopes: this.#residents.scopes(node?.row.tree ?? request.id).numbersOf(request.scopes),
        };
      case "adjust":
        return { kind: "adjust", node: handle, ...request.edited };
      case "setBudget":
        return { kind: "setBudget", node: handle, cap: request.cap, rule: newRule(request, node) };
    }
  }

  #holdHandle(id: string): number {
    const hold = this.#residents.findHold(id);
    if (hold === undefined) throw new Error("a hold was decided before it was read; please report this as a bug");
    return hold.handle;
  }

  #minted(
    request: MintRequest,
    parent: ResidentNode | undefined,
    outcome: Extract<Outcome, { tag: "minted" }>,
    now: number,
  ): Decision {
    const tree = parent?.row.tree ?? request.id;
    const row: NodeRow = {
      kind: "node",
      id: request.id,
      tree,
      parentId: parent?.row.id ?? null,
      path: parent === undefined ? String(request.id) : `${parent.row.path}/${request.id}`,
      ...request.profile,
      scopes: this.#residents.scopes(tree).textsOf(outcome.scopes),
      createdAt: now,
      expiresAt: outcome.expiresAt,
      revokedAt: null,
      lastUsedAt: null,
      capMicrocents: outcome.cap,
      period: request.period,
      alignment: request.alignment,
      anchorAt: now,
      window: 0,
      windowStart: now,
      resetAt: null,
      spentMicrocents: 0,
      buckets: [],
      trueToSeq: 0,
      root: null,
      edited: null,
    };
    const answer: Answer = { tag: "minted", row, clamped: outcome.clamped };
    return { answer, wrote: true, newNode: { handle: outcome.node, row }, newHold: null };
  }

  #answer(outcome: Outcome, node: ResidentNode | undefined, newHold: string | null): Answer {
    switch (outcome.tag) {
      case "missing":
      case "minted":
        return { tag: "unknown" };
      case "refused": {
        const binding = outcome.binding === null ? null : this.#budget(outcome.binding);
        return { tag: "refused", reason: reasonOf(outcome.reason), requested: outcome.requested, binding };
      }
      case "valid": {
        if (node === undefined) return { tag: "unknown" };
        const scopes = this.#residents.scopes(node.row.tree).textsOf(outcome.scopes);
        const { expiresAt, touchDue } = outcome;
        return { tag: "valid", row: node.row, budget: this.#budget(outcome.budget), expiresAt, scopes, touchDue };
      }
      case "budgets":
        return { tag: "budgets", chain: outcome.chain.map((one) => this.#budget(one)), binding: outcome.binding };
      case "held": {
        const { hold, used, remaining } = outcome;
        return { tag: "held", hold: this.#hold(hold, newHold), used, remaining };
      }
      case "budgetSet":
        return { tag: "budgetSet", budget: this.#budget(outcome.budget) };
      default:
        return outcome;
    }
  }

  #budget(numbers: BudgetNumbers): BudgetView {
    const { id, path } = this.#residents.at(numbers.node).row;
    const { node: _handle, ...figures } = numbers;
    return { id, path, ...figures };
  }

  #hold(numbers: HoldNumbers, newHold: string | null): HoldView {
    const id = newHold ?? this.#residents.holdAt(numbers.hold)?.row.id ?? "";
    const state = numbers.expired ? "expired" : numbers.state;
    return { id, amount: numbers.amount, expiresAt: numbers.expiresAt, state };
  }
}

function plain(answer: Answer): Decision {
  return { answer, wrote: false, newNode: null, newHold: null };
}

/** The windows that a budget gets; the anchor stays the one of its creation. */
function newRule(request: SetBudgetRequest, node: ResidentNode | undefined): Rule | undefined {
  if (node === undefined || (request.period === undefined && request.alignment === undefined)) return undefined;
  const period = request.period === undefined ? node.row.period : request.period;
  return { period, alignment: request.alignment ?? node.row.alignment, anchorAt: node.row.anchorAt };
}
