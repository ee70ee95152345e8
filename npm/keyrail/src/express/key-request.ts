/** The body of a request for a key, and why it may be refused. */
import type { BudgetPeriod } from "../agent-key/types.js";

/** A request that is answered with something else than what it asked for. */
export class RouteRefusal extends Error {
  /**
   * @param status the HTTP status
   * @param error the `error` member of the body
   * @param details further members
   */
  constructor(
    readonly status: number,
    error: string,
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(error);
  }
}

/** What a body asks for; what it leaves out, or sends as `null`, is `undefined`. */
export interface KeyRequest {
  readonly email: unknown;
  /** Its elements are as they were sent: `create` knows which are scopes. */
  readonly scopes: readonly string[] | undefined;
  readonly budgetCents: number | undefined;
  readonly budgetPeriod: BudgetPeriod | undefined;
  readonly expiresIn: string | undefined;
  readonly name: string | undefined;
}

/**
 * Reads a parsed JSON body. Scopes that are no array count as none, as in the original; any other member
 * of a wrong type is refused with 400. An empty `expires_in` counts as left out.
 *
 * @throws {RouteRefusal} 400
 */
export function readKeyRequest(body: unknown): KeyRequest {
  const asked: Body = typeof body === "object" && body !== null ? { ...body } : {};
  return {
    email: asked.email,
    scopes: Array.isArray(asked.scopes) ? asked.scopes : undefined,
    budgetCents: numberIn(asked, "budget_cents"),
    // Any text: `create` refuses by name what is no period.
    budgetPeriod: textIn(asked, "budget_period") as BudgetPeriod | undefined,
    expiresIn: textIn(asked, "expires_in") || undefined,
    name: textIn(asked, "name"),
  };
}

type Body = Readonly<Record<string, unknown>>;

function numberIn(body: Body, member: string): number | undefined {
  const value = body[member] ?? undefined;
  if (value === undefined || typeof value === "number") return value;
  throw new RouteRefusal(400, `\`${member}\` must be a number`);
}

function textIn(body: Body, member: string): string | undefined {
  const value = body[member] ?? undefined;
  if (value === undefined || typeof value === "string") return value;
  throw new RouteRefusal(400, `\`${member}\` must be a text`);
}
