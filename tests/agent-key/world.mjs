// Keys over a store of their own, at a time that only the test moves.
import { AgentKey } from "keyrail";
import { memory } from "keyrail/stores/memory";

/** When every test begins. */
export const START = Date.parse("2026-01-15T10:30:00.000Z");

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** An `AgentKey`, its store, every notice that it gives, and its clock: `clock.now` in ms. */
export function newWorld({ at = START, store = memory(), ...options } = {}) {
  const clock = { now: typeof at === "string" ? Date.parse(at) : at };
  const events = [];
  const ak = new AgentKey({ store, clock: () => clock.now, onEvent: (event) => events.push(event), ...options });
  return { ak, store, clock, events };
}

/** An instant as the answers show it. */
export const iso = (ms) => new Date(ms).toISOString();

/** The last budget of a key's chain: its own. */
export const ownBudget = async (ak, ref) => (await ak.budgets(ref)).at(-1);

/** What a key has used and held. */
export async function figures(ak, ref) {
  const { usedCents, heldCents } = await ownBudget(ak, ref);
  return { usedCents, heldCents };
}

/** A budget's short form, for tables: used, held, remaining. */
export async function money(ak, ref) {
  const { usedCents, heldCents, remainingCents } = await ownBudget(ak, ref);
  return [usedCents, heldCents, remainingCents];
}

/** Every entry of a tree, by its number. */
export async function entriesOf(store, tree) {
  const rows = [];
  let cursor = null;
  do {
    const page = await store.list({ entries: { tree } }, { cursor, limit: 500 });
    rows.push(...page.rows);
    cursor = page.cursor;
  } while (cursor !== null);
  return rows;
}

/** Changes columns of a node's row as somebody with access to the store would. */
export async function edit(store, id, columns) {
  const { chains } = await store.read([{ id }]);
  const { version, ...row } = chains[0].at(-1);
  const put = { ...row, ...columns };
  const terms = { tree: row.tree, now: 0, clock: "injected", owner: "psql", claims: false };
  const commit = { ...terms, checks: [{ ref: { node: id }, version }], puts: [put] };
  const { results } = await store.commit([commit]);
  if (!results[0].ok) throw new Error(`the edit of node ${id} was refused`);
}
