// What the story of Clerk's credentials is told on: a few guarded routes over memory(), in no framework yet.
import { createClerkClient } from "@clerk/backend";

const DAY = { budgetCents: 100, budgetPeriod: "day" };
const organisation = (subject) => ({ subject, budgetCents: 250, budgetPeriod: "month" });

/** A key counts on its own budget, its user's, and that of the organisation in its claims. */
const above = ({ subject, claims }) => ({
  subject,
  budgetCents: 150,
  budgetPeriod: "month",
  ...(claims?.org && { parent: organisation(claims.org) }),
});

/** What each guarded route asks for, by its path: `door` is whose credentials it takes. */
const routesOf = (machines) => ({
  "/key": { door: "apiKey", budgetBy: "key", parent: above, defaults: DAY, reserve: 50, headers: true },
  "/plan": { door: "apiKey", syncBudget: ({ claims }) => ({ budgetCents: claims?.cents ?? 10 }), reserve: 1 },
  "/scoped": { door: "apiKey", scope: "write", onFirstSeen: ({ claims }) => ({ ...DAY, scopes: claims?.may ?? [] }) },
  "/known": { door: "apiKey", unknownSubject: "deny" },
  "/machine": { door: "m2m", machines, defaults: DAY, reserve: 10 },
  "/jwt": { door: "m2m", machines, defaults: DAY, formats: ["opaque", "jwt"] },
});

/**
 * The routes with everything that they need. `now` is a clock that only the story moves.
 *
 * @param keyrail `{ AgentKey, memory }` as the runtime resolves them
 * @param settings `{ secretKey, apiUrl, machines, now }`
 */
export function clerkWorld({ AgentKey, memory }, { secretKey, apiUrl, machines, now }) {
  const clock = { now };
  const notices = [];
  const onEvent = ({ code }) => notices.push(code);
  const ak = new AgentKey({ store: memory(), clock: () => clock.now, onEvent });
  const clerkClient = createClerkClient({ secretKey, apiUrl, telemetry: { disabled: true } });
  const guarded = Object.entries(routesOf(machines)).map(([path, { door, ...options }]) => {
    return { path, door, options: { clerkClient, ak, ...options } };
  });
  return { ak, guarded, control: (asked) => control({ ak, clock, notices }, asked) };
}

/** What a handler says of its caller; half of what is held is what the work has cost. */
export async function told({ clerkApiKey, m2m, agentKey, agentKeyHold }) {
  const verified = clerkApiKey ?? m2m;
  const { id, subject, scopes, claims } = verified;
  const settled = agentKeyHold && (await agentKeyHold.settle(agentKeyHold.costCents / 2));
  return { verified: { id, subject, scopes, claims }, agentKey, settled: settled ?? null };
}

/** What the story asks beside its calls: to move the clock, to look into the books, to revoke a row. */
async function control({ ak, clock, notices }, { now, budgetsOf, revoke }) {
  if (now !== undefined) clock.now = now;
  if (revoke !== undefined) await ak.revoke(revoke);
  const budgets = budgetsOf === undefined ? null : await ak.budgets({ subject: budgetsOf }).catch(({ code }) => code);
  return { budgets, notices: notices.splice(0) };
}
