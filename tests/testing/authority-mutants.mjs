// Authorities with one deliberate fault each, and what must find it. Each is an AgentKey of which one
// method answers something else.

/** An AgentKey with some methods in place of its own; each gets the real one first. */
function changed(ak, methods) {
  return new Proxy(ak, {
    get: (_target, name) => {
      const real = typeof ak[name] === "function" ? ak[name].bind(ak) : ak[name];
      return Object.hasOwn(methods, name) ? (...given) => methods[name](real, ...given) : real;
    },
  });
}

/** A method that answers as the real one does, changed. */
const answered =
  (change) =>
  async (real, ...given) =>
    change(await real(...given), ...given);

const DAY_MS = 86_400_000;
const later = (iso, ms) => (iso === null ? null : new Date(Date.parse(iso) + ms).toISOString());

/** What each authority does wrong, a case that finds it, and how to make it of a sound one. */
export const AUTHORITY_MUTANTS = [
  {
    what: "charges although it is denied",
    finds: /^the tightest budget/,
    make: (ak) =>
      changed(ak, {
        trackUsage: async (real, key, options) => {
          const answer = await real(key, options);
          if (answer.reason !== "budget_exceeded") return answer;
          const { overdraftCents: _above, ...success } = await real(key, { ...options, overdraft: true });
          return success;
        },
      }),
  },
  {
    what: "says yes to a denial, and charges nothing",
    finds: /^the tightest budget/,
    make: (ak) =>
      changed(ak, {
        trackUsage: answered((answer) => (answer.success ? answer : { success: true })),
      }),
  },
  {
    what: "does not tell that a settle was late",
    finds: /^a settle charges in full/,
    make: (ak) => changed(ak, { settle: answered((answer) => (answer.late ? { ...answer, late: false } : answer)) }),
  },
  {
    what: "adds a cent to what is settled",
    finds: /^a hold counts until/,
    make: (ak) => changed(ak, { settle: (real, hold, { costCents }) => real(hold, { costCents: costCents + 1 }) }),
  },
  {
    what: "rounds to whole cents",
    finds: /^amounts below a cent/,
    make: (ak) =>
      changed(ak, {
        trackUsage: (real, key, options) => real(key, { ...options, costCents: Math.ceil(options.costCents) }),
      }),
  },
  {
    what: "loses a ten-millionth of a dollar in a thousand",
    finds: /^amounts below a cent/,
    make: (ak) =>
      changed(ak, {
        budgets: answered((chain) => chain.map((one) => ({ ...one, usedCents: Math.fround(one.usedCents) }))),
      }),
  },
  {
    what: "forgets idempotency keys of charges",
    finds: /^an idempotency key charges once/,
    make: (ak) => changed(ak, { trackUsage: (real, key, { idempotencyKey: _key, ...options }) => real(key, options) }),
  },
  {
    what: "shares idempotency keys over all keys",
    finds: /^an idempotency key charges once/,
    make: (ak) => {
      const answers = new Map();
      return changed(ak, {
        trackUsage: async (real, key, options) => {
          const known = answers.get(options.idempotencyKey);
          if (known !== undefined) return known;
          const answer = await real(key, options);
          if (options.idempotencyKey !== undefined && answer.success) answers.set(options.idempotencyKey, answer);
          return answer;
        },
      });
    },
  },
  {
    what: "forgets idempotency keys that meet each other",
    finds: /parallel charges under one idempotency key/,
    make: (ak) => {
      let running = 0;
      return changed(ak, {
        trackUsage: async (real, key, { idempotencyKey, ...options }) => {
          running += 1;
          try {
            return await real(
              key,
              running > 1 || idempotencyKey === undefined ? options : { ...options, idempotencyKey },
            );
          } finally {
            running -= 1;
          }
        },
      });
    },
  },
  {
    what: "calls every hold open",
    finds: /^an idempotency key reserves once/,
    make: (ak) =>
      changed(ak, {
        reserve: answered((answer) =>
          answer.success ? { ...answer, hold: { ...answer.hold, state: "open" } } : answer,
        ),
      }),
  },
  {
    what: "gives a hold a millisecond more",
    finds: /^a hold counts until/,
    make: (ak) =>
      changed(ak, {
        reserve: answered((answer) =>
          answer.success ? { ...answer, hold: { ...answer.hold, expiresAt: later(answer.hold.expiresAt, 1) } } : answer,
        ),
      }),
  },
  {
    what: "gives back what is released twice",
    finds: /^a release gives back once/,
    make: (ak) => {
      const released = new Map();
      return changed(ak, {
        release: answered((answer, hold) => {
          if (answer.releasedCents > 0) released.set(hold, answer);
          return released.get(hold) ?? answer;
        }),
      });
    },
  },
  {
    what: "extends by time alone",
    finds: /^an extend gives more time/,
    make: (ak) =>
      changed(ak, { extend: (real, hold, { costCents: _cost, ...rest }) => real(hold, { ttl: "1m", ...rest }) }),
  },
  {
    what: "does not look above a revoked key",
    finds: /^revoked, also from above/,
    make: (ak) =>
      changed(ak, {
        validate: answered((answer) =>
          answer.reason === "ancestor_revoked" ? { valid: false, reason: "revoked" } : answer,
        ),
      }),
  },
  {
    what: "revokes for anybody",
    finds: /^revoked, also from above/,
    make: (ak) => changed(ak, { revoke: (real, id) => real(id) }),
  },
  {
    what: "lets every key live a day longer",
    finds: /^expired, also from above/,
    make: (ak) =>
      changed(ak, {
        validate: answered((answer) => ({ ...answer, expiresAt: later(answer.expiresAt ?? null, DAY_MS) })),
      }),
  },
  {
    what: "gives a child the scopes that it asks for",
    finds: /^a child gets no more/,
    make: (ak) => changed(ak, { create: answered((made, { scopes }) => ({ ...made, scopes: scopes ?? made.scopes })) }),
  },
  {
    what: "cuts down what asks to be refused",
    finds: /^a child that asks for more/,
    make: (ak) => changed(ak, { create: (real, { onExceed: _what, ...options }) => real(options) }),
  },
  {
    what: "begins windows by the calendar",
    finds: /^windows of an hour and a day/,
    make: (ak) => changed(ak, { create: (real, options) => real({ ...options, budgetWindow: "calendar" }) }),
  },
  {
    what: "lists a tree without its last key",
    finds: /^a tree is listed/,
    make: (ak) => changed(ak, { subtree: answered((rows) => rows.slice(0, Math.max(1, rows.length - 1))) }),
  },
  {
    what: "names the nearest budget in place of the tightest",
    finds: /^a charge counts in a key/,
    make: (ak) =>
      changed(ak, {
        headroom: async (real, ref) => ((await real(ref)) === null ? null : (await ak.budgets(ref)).at(-1)),
      }),
  },
  {
    what: "makes a subject anew each time",
    finds: /^subjects have budgets/,
    make: (ak) =>
      changed(ak, {
        ensureSubject: async (real, subject, options) => {
          await real(subject, options);
          if (options?.budgetCents !== undefined) await ak.setBudget({ subject }, { budgetCents: options.budgetCents });
        },
      }),
  },
  {
    what: "keeps the cap that it has",
    finds: /^a budget is raised/,
    make: (ak) => changed(ak, { setBudget: async (_real, ref) => (await ak.budgets(ref)).at(-1) }),
  },
  {
    what: "throws where it must answer",
    finds: /^costs and lifetimes that are none/,
    make: (ak) =>
      changed(ak, {
        reserve: answered((answer) => {
          if (answer.reason === "invalid_ttl") throw new TypeError("no such ttl");
          return answer;
        }),
      }),
  },
];
