/** What a caller may hand on to a key of its own. */
import type { CreateOptions, ValidKey } from "../agent-key/types.js";
import { type GuardedKeys, timeOf } from "../guard/index.js";
import { type KeyRequest, RouteRefusal } from "./key-request.js";
import { lifetimeMs } from "./lifetime.js";

/**
 * The grant of a child, no more than its parent has.
 *
 * @throws {RouteRefusal} 403: it asks for more than the caller has
 */
export function grantOf(caller: ValidKey, asked: KeyRequest, ak: GuardedKeys): CreateOptions {
  const { budgetCents, budgetPeriod, expiresIn, name } = asked;
  const scopes = grantedScopes(caller, asked.scopes);
  if (caller.budgetCents !== null && (budgetCents === undefined || budgetCents > caller.budgetCents)) {
    throw new RouteRefusal(403, `Child budget_cents must be set and not exceed your budget of ${caller.budgetCents}`);
  }
  if (caller.expiresAt !== null && outlives(caller.expiresAt, expiresIn, ak)) {
    throw new RouteRefusal(403, "Child key expiry must be set and not exceed your key's expiry");
  }
  return {
    accountId: caller.accountId,
    userId: caller.userId,
    delegatedBy: caller.userId ?? String(caller.accountId),
    parent: { id: caller.id },
    scopes,
    budgetCents: budgetCents ?? null,
    budgetPeriod: budgetPeriod ?? null,
    expiresIn: expiresIn ?? null,
    ...(name === undefined ? {} : { name }),
  };
}

function grantedScopes(caller: ValidKey, asked: readonly string[] | undefined): readonly string[] | null {
  const own = caller.scopes;
  if (own === null || own.includes("admin")) return asked ?? null;
  const foreign = (asked ?? []).filter((scope) => !own.includes(scope));
  if (foreign.length > 0) throw new RouteRefusal(403, `Cannot grant scopes you do not have: ${foreign.join(", ")}`);
  return asked ?? own;
}

function outlives(expiresAt: string, expiresIn: string | undefined, ak: GuardedKeys): boolean {
  if (expiresIn === undefined) return true;
  const lifetime = lifetimeMs(expiresIn);
  return lifetime !== undefined && timeOf(ak) + lifetime > Date.parse(expiresAt);
}
