/** What scripts cannot say, since they ask one thing at a time: many callers at once, and the rest of the class. */
import type { AgentKey } from "../../agent-key/agent-key.js";
import { ensure, equal, refusal } from "../expect.js";
import { fresh } from "../store/names.js";
import type { ScriptClock } from "./player.js";

const CALLERS = 40;

/** One thing that must hold of an authority. */
export interface Trait {
  readonly name: string;
  readonly hold: (ak: AgentKey, clock: ScriptClock) => Promise<void>;
}

const at = <Answer>(times: number, call: (index: number) => Promise<Answer>): Promise<Answer[]> =>
  Promise.all(Array.from({ length: times }, (_, index) => call(index)));

const NO_NUMBERS: readonly unknown[] = [Number.NaN, Number.POSITIVE_INFINITY, undefined, "1", {}];

/** Many at a time. */
export const TRAITS: readonly Trait[] = [
  {
    name: `of ${CALLERS} parallel charges those succeed that fit, and no more`,
    hold: async (ak) => {
      const root = await ak.create({ accountId: "acme", budgetCents: 25 });
      const child = await ak.create({ accountId: "acme", parent: { id: root.id } });
      const answers = await at(CALLERS, (index) => ak.trackUsage(index % 2 ? root.key : child.key, { costCents: 1 }));
      equal(answers.filter(({ success }) => success).length, 25, "the charges that succeed");
      equal((await ak.budgets({ id: root.id }))[0]?.usedCents, 25, "what is used");
    },
  },
  {
    name: `of ${CALLERS} parallel reserves those succeed that fit, and settle to the cent`,
    hold: async (ak) => {
      const { key, id } = await ak.create({ accountId: "acme", budgetCents: 100 });
      const holds = await at(CALLERS, () => ak.reserve(key, { costCents: 10 }));
      const held = holds.flatMap((answer) => (answer.success ? [answer.hold.id] : []));
      equal(held.length, 10, "the reserves that succeed");
      equal(new Set(held).size, 10, "the holds that differ");
      await at(10, (index) => ak.settle(held[index] as string, { costCents: index / 10 }));
      const [budget] = await ak.budgets({ id });
      equal([budget?.usedCents, budget?.heldCents], [4.5, 0], "what is used and held");
    },
  },
  {
    name: `${CALLERS} parallel charges under one idempotency key are one`,
    hold: async (ak) => {
      const { key, id } = await ak.create({ accountId: "acme", budgetCents: 100 });
      const options = { costCents: 3, idempotencyKey: "once" };
      const answers = await at(CALLERS, () => ak.trackUsage(key, options));
      const first = { success: true, budgetUsedCents: 3, budgetRemainingCents: 97 };
      for (const answer of answers) equal(answer, first, "an answer");
      const reserves = await at(CALLERS, () => ak.reserve(key, options));
      const ids = reserves.map((answer) => answer.success && answer.hold.id);
      equal(new Set(ids).size, 1, "the holds of parallel reserves under one key");
      const [budget] = await ak.budgets({ id });
      equal([budget?.usedCents, budget?.heldCents], [3, 3], "what is used and held");
    },
  },
  {
    name: "parallel settles of one hold charge once",
    hold: async (ak) => {
      const { key, id } = await ak.create({ accountId: "acme", budgetCents: 100 });
      const held = await ak.reserve(key, { costCents: 10 });
      ensure(held.success, "a reserve that fits succeeds");
      const answers = await at(CALLERS, () => ak.settle(held.hold.id, { costCents: 4 }));
      const settled = { success: true, costCents: 4, overdraftCents: 0, late: false };
      for (const answer of answers) equal(answer, settled, "an answer");
      equal((await ak.budgets({ id }))[0]?.usedCents, 4, "what is used");
    },
  },
  {
    name: "parallel ensureSubject of one subject makes it once",
    hold: async (ak) => {
      const subject = fresh("subject");
      await at(CALLERS, () => ak.ensureSubject(subject, { budgetCents: 5 }));
      const [budget, ...more] = await ak.budgets({ subject });
      equal([budget?.limitCents, more.length], [5, 0], "its budget");
      equal((await ak.subtree({ subject })).length, 1, "its nodes");
    },
  },
  {
    name: "a revoke is seen by every call after it",
    hold: async (ak) => {
      const { key, id } = await ak.create({ accountId: "acme" });
      const child = await ak.create({ accountId: "acme", parent: { id } });
      const charges = at(CALLERS, () => ak.trackUsage(child.key, { costCents: 1 }));
      const isRevoked = await ak.revoke(id);
      const after = await at(CALLERS, () => ak.trackUsage(child.key, { costCents: 1 }));
      equal(isRevoked, true, "the revoke");
      for (const answer of after) equal(answer, { success: false, reason: "invalid_key" }, "a charge after it");
      const before = (await charges).filter(({ success }) => success).length;
      equal((await ak.budgets({ id }))[0]?.usedCents, before, "what the charges before it used");
      equal(await ak.validate(key), { valid: false, reason: "revoked" }, "the key");
    },
  },
  {
    name: "costs that are no numbers are refused, and what names a key wrongly is an error",
    hold: async (ak) => {
      const { key, id } = await ak.create({ accountId: "acme", budgetCents: 1 });
      const invalid = { success: false, reason: "invalid_cost" };
      for (const costCents of NO_NUMBERS) {
        equal(await ak.trackUsage(key, { costCents: costCents as number }), invalid, "a charge");
        if (costCents !== Number.POSITIVE_INFINITY) {
          equal(await ak.reserve(key, { costCents: costCents as number }), invalid, "a reserve");
        }
      }
      for (const budgetCents of [-1, 0.5, Number.NaN]) {
        await refusal(ak.create({ accountId: "acme", budgetCents }), `a cap of ${budgetCents}`, "invalid_cost");
        await refusal(ak.setBudget({ id }, { budgetCents }), `a cap of ${budgetCents}`, "invalid_cost");
      }
      const tooLarge = ak.create({ accountId: "acme", budgetCents: 9_000_000_001 });
      await refusal(tooLarge, "a cap above the range", "amount_out_of_range");
      const period = "fortnight" as "day";
      await refusal(ak.create({ accountId: "acme", budgetPeriod: period }), "a period", "invalid_period");
      await refusal(ak.create({ accountId: "acme", expiresIn: "soon" }), "a lifetime", "invalid_duration");
      await refusal(ak.create({ accountId: "a\0b" }), "an account with NUL", "invalid_text");
      await refusal(ak.ensureSubject(""), "a subject without a name", "invalid_subject");
      await refusal(ak.budgets({} as { id: number }), "a ref that names nothing", "invalid_ref");
      const reused = { costCents: 1, idempotencyKey: "" };
      await refusal(ak.trackUsage(key, reused), "an empty idempotency key", "invalid_idempotency_key");
      equal((await ak.budgets({ id }))[0]?.usedCents, 0, "what is used");
    },
  },
  {
    name: "hasScope, validateScopes, migrate, now, stats, notice and close are there",
    hold: async (ak, clock) => {
      const { key } = await ak.create({ accountId: "acme", scopes: ["read"] });
      const valid = await ak.validate(key);
      ensure(valid.valid, "a new key is valid");
      equal([ak.hasScope(valid, "read"), ak.hasScope(valid, "write")], [true, false], "its scopes");
      equal(ak.validateScopes(["read"]), { valid: true }, "scopes where all are valid");
      ensure(Array.isArray(await ak.migrate({ dryRun: true })), "a dry run gives the statements");
      equal(ak.now(), clock.now, "now()");
      equal(ak.notice("tested", "nothing happened"), undefined, "a notice");
      const charge = ak.trackUsage(key, { costCents: 1 });
      equal(await ak.close(), undefined, "close()");
      equal((await charge).success, true, "a charge under way when it closed");
      equal(ak.stats().queue, 0, "what waits when everything is answered");
    },
  },
];
