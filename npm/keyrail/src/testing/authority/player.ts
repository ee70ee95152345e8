/** Plays a script: asks what it asks, when it asks it, and compares every answer. */
import type { AgentKey } from "../../agent-key/agent-key.js";
import type { BudgetChange, ChargeOptions, CreateOptions, ReserveOptions } from "../../agent-key/types.js";
import { codeOf, ensure, equal, isClear, shown } from "../expect.js";
import { Cast } from "./cast.js";
import type { Named, Script, Step } from "./script.js";

/** Whose every key is. */
const ACCOUNT = "acme";

/** A clock that only a script moves, and whether anybody has looked at it. */
export class ScriptClock {
  now: number;
  isRead = false;

  constructor(startMs: number) {
    this.now = startMs;
  }

  /** What `new AgentKey` takes. */
  readonly read = (): number => {
    this.isRead = true;
    return this.now;
  };
}

/**
 * Plays every step.
 *
 * @throws Unmet at the first answer that is not the oracle's
 */
export async function play(script: Script, ak: AgentKey, clock: ScriptClock): Promise<void> {
  const cast = new Cast();
  const startMs = clock.now;
  for (const [index, given] of script.steps.entries()) {
    const step = given as unknown as Step;
    const [afterMs, method, on, options, answer] = step;
    clock.now = startMs + afterMs;
    const asked = await ask(ak, cast, step).catch(faultOf);
    const what = `step ${index + 1}, ${method}(${shown(on)}, ${shown(options)}): its answer`;
    equal(cast.toScript(asked, on.hold), answer, what);
  }
  ensure(clock.isRead, "the AgentKey does not go by its clock; make it with new AgentKey({ store, clock })");
}

/** A fault that has a stable code, as scripts tell it. */
function faultOf(fault: unknown): unknown {
  if (isClear(fault)) return { throws: codeOf(fault) };
  throw fault;
}

async function ask(ak: AgentKey, cast: Cast, [, method, on, options, answer]: Step): Promise<unknown> {
  switch (method) {
    case "create":
      return create(ak, cast, on.new as number, options as Record<string, unknown>);
    case "ensureSubject":
      return ensureSubject(ak, cast, on.new as number, options as Record<string, unknown>, answer === null);
    case "validate":
      return on.subject === undefined
        ? ak.validate(secretOf(cast, on))
        : ak.validateBySubject(cast.subject(on.subject));
    case "trackUsage": {
      const charge = options as ChargeOptions;
      return on.subject === undefined
        ? ak.trackUsage(secretOf(cast, on), charge)
        : ak.trackUsageBySubject(cast.subject(on.subject), charge);
    }
    case "reserve": {
      const asked = options as ReserveOptions;
      return on.subject === undefined
        ? ak.reserve(secretOf(cast, on), asked)
        : ak.reserveBySubject(cast.subject(on.subject), asked);
    }
    case "settle":
      return ak.settle(holdOf(cast, on), options as { costCents: number });
    case "release":
      return ak.release(holdOf(cast, on));
    case "extend":
      return ak.extend(holdOf(cast, on), options as { ttl?: number; costCents?: number });
    case "revoke":
      return ak.revoke(cast.id(on.id as number), (options as { accountId: string }).accountId);
    case "budgets":
      return ak.budgets(cast.ref(on));
    case "headroom":
      return ak.headroom(cast.ref(on));
    case "setBudget":
      return ak.setBudget(cast.ref(on), options as BudgetChange);
    case "revokeTree":
      return ak.revokeTree(cast.ref(on));
    case "subtree":
      return ak.subtree(cast.ref(on));
  }
}

const secretOf = (cast: Cast, on: Named): string => cast.secret(on.key as number);
const holdOf = (cast: Cast, on: Named): string => cast.hold(on.hold as number);

/** The options of a mint, with what a script leaves out: whose it is and its name. */
function mintOptions(cast: Cast, node: number, given: Record<string, unknown>): CreateOptions {
  const { parent, ...rest } = given;
  const above = parent === undefined ? {} : { parent: cast.ref(parent as Named) };
  return { accountId: ACCOUNT, userId: `user ${node}`, name: `node ${node}`, ...rest, ...above };
}

async function create(ak: AgentKey, cast: Cast, node: number, given: Record<string, unknown>): Promise<unknown> {
  const { key, ...made } = await ak.create(mintOptions(cast, node, given));
  ensure(typeof key === "string" && key.length > 0, `a key's secret is text; it is ${typeof key}`);
  cast.enter(node, made.id, key);
  return made;
}

/** It gives nothing: its id is seen in its budgets, if it is to be there. */
async function ensureSubject(
  ak: AgentKey,
  cast: Cast,
  node: number,
  given: Record<string, unknown>,
  isThere: boolean,
): Promise<unknown> {
  const subject = cast.subject(node);
  const gave: unknown = await ak.ensureSubject(subject, mintOptions(cast, node, given));
  const own = isThere ? (await ak.budgets({ subject })).at(-1) : undefined;
  if (own !== undefined) cast.enter(node, own.id);
  return gave === undefined ? null : gave;
}
