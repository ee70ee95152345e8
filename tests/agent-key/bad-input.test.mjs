// Every other bad input has one stated outcome, and leaves nothing behind.
import { answers, check, LONE_SURROGATE, refused, TEN_KB, throws } from "./check.mjs";
import { DAY, HOUR, money } from "./world.mjs";

const holdVerbs = [
  ["settle", (ak, hold) => ak.settle(hold, { costCents: 1 })],
  ["release", (ak, hold) => ak.release(hold)],
  ["extend", (ak, hold) => ak.extend(hold, { ttl: "1m" })],
];
const badIds = [
  ["empty", ""],
  ["with a slash", "1/2"],
  ["10 kB long", TEN_KB],
  ["not well-formed", LONE_SURROGATE],
  ["a word", "__proto__"],
  ["digits as text", "1"],
  ["0", 0],
  ["negative", -1],
  ["fractional", 1.5],
  ["NaN", Number.NaN],
  ["2^53", 2 ** 53],
  ["a BigInt", 1n],
  ["null", null],
];
check(
  "id",
  badIds.flatMap(([name, id]) => [
    throws(`revoke of one ${name}`, ({ ak }) => ak.revoke(id), "invalid_ref"),
    throws(`a parent ${name}`, ({ ak }) => ak.create({ accountId: "a", parent: { id } }), "invalid_ref"),
    throws(`budgets of one ${name}`, ({ ak }) => ak.budgets({ id }), "invalid_ref"),
    throws(`setBudget of one ${name}`, ({ ak }) => ak.setBudget({ id }, { budgetCents: 1 }), "invalid_ref"),
    throws(`revokeTree of one ${name}`, ({ ak }) => ak.revokeTree({ id }), "invalid_ref"),
    ...holdVerbs.map(([verb, act]) =>
      answers(`${verb} of a hold ${name}`, ({ ak }) => act(ak, id), refused("hold_not_found")),
    ),
  ]),
);

const badTexts = [
  ["not well-formed", LONE_SURROGATE],
  ["10 kB long", TEN_KB],
  ["with a NUL", "a\0b"],
];
check("text", [
  ...badTexts.flatMap(([name, text]) => [
    throws(`an account ${name}`, ({ ak }) => ak.create({ accountId: text }), "invalid_text"),
    throws(`a user ${name}`, ({ ak }) => ak.create({ accountId: "a", userId: text }), "invalid_text"),
    throws(`a name ${name}`, ({ ak }) => ak.create({ accountId: "a", name: text }), "invalid_text"),
    throws(`a delegator ${name}`, ({ ak }) => ak.create({ accountId: "a", delegatedBy: text }), "invalid_text"),
  ]),
  ...[...badTexts, ["empty", ""], ["a number", 7], ["null", null]].flatMap(([name, subject]) => [
    throws(`ensureSubject of one ${name}`, ({ ak }) => ak.ensureSubject(subject), "invalid_subject"),
    throws(
      `a parent subject ${name}`,
      ({ ak }) => ak.create({ accountId: "a", parent: { subject } }),
      "invalid_subject",
    ),
    throws(`budgets of a subject ${name}`, ({ ak }) => ak.budgets({ subject }), "invalid_subject"),
    answers(`validateBySubject of one ${name}`, ({ ak }) => ak.validateBySubject(subject), {
      valid: false,
      reason: "invalid",
    }),
    answers(
      `trackUsageBySubject of one ${name}`,
      ({ ak }) => ak.trackUsageBySubject(subject, { costCents: 1 }),
      refused("invalid_key"),
    ),
    answers(
      `reserveBySubject of one ${name}`,
      ({ ak }) => ak.reserveBySubject(subject, { costCents: 1 }),
      refused("invalid"),
    ),
    throws(
      `an idempotency key ${name}`,
      ({ ak, key }) => ak.trackUsage(key, { costCents: 1, idempotencyKey: subject }),
      "invalid_idempotency_key",
    ),
    throws(
      `an idempotency key of a reserve ${name}`,
      ({ ak, key }) => ak.reserve(key, { costCents: 1, idempotencyKey: subject }),
      "invalid_idempotency_key",
    ),
  ]),
  ...[...badTexts, ["empty", ""], ["1 MB long", "k".repeat(1 << 20)], ["a number", 7], ["null", null]].flatMap(
    ([name, key]) => [
      answers(`validate of a key ${name}`, ({ ak }) => ak.validate(key), { valid: false, reason: "invalid" }),
      answers(`trackUsage of a key ${name}`, ({ ak }) => ak.trackUsage(key, { costCents: 1 }), refused("invalid_key")),
      answers(`reserve of a key ${name}`, ({ ak }) => ak.reserve(key, { costCents: 1 }), refused("invalid")),
      throws(`budgets of a key ${name}`, ({ ak }) => ak.budgets({ key }), "not_found"),
    ],
  ),
]);

const badMetadata = [
  ["a list", [1]],
  ["a text", "x"],
  ["nested", { a: {} }],
  ["with NaN", { a: Number.NaN }],
  ["with a BigInt", { a: 1n }],
  ["with a value not well-formed", { a: LONE_SURROGATE }],
  ["with a name not well-formed", { [LONE_SURROGATE]: 1 }],
  ["100 kB long", { a: "x".repeat(100_000) }],
];
check(
  "metadata",
  badMetadata.flatMap(([name, metadata]) => [
    throws(`of a charge, ${name}`, ({ ak, key }) => ak.trackUsage(key, { costCents: 1, metadata }), "invalid_metadata"),
    throws(`of a reserve, ${name}`, ({ ak, key }) => ak.reserve(key, { costCents: 1, metadata }), "invalid_metadata"),
  ]),
);

const badScopes = [
  ["a text", "read"],
  ["a list with a number", ["read", 1]],
  ["a list with null", [null]],
  ["an object", { 0: "read" }],
  ["true", true],
  ["not well-formed", [LONE_SURROGATE]],
  ["10 kB long", [TEN_KB]],
];
check(
  "scopes",
  badScopes.flatMap(([name, scopes]) => [
    throws(`create with ${name}`, ({ ak }) => ak.create({ accountId: "a", scopes }), "invalid_scopes"),
    throws(`ensureSubject with ${name}`, ({ ak }) => ak.ensureSubject("s", { scopes }), "invalid_scopes"),
  ]),
);

/** Mints down to the deepest level that there is. */
async function deepest(ak, id) {
  let parent = { id };
  for (let level = 1; level <= 8; level += 1) parent = { id: (await ak.create({ accountId: "a", parent })).id };
  return parent;
}
check("depth", [
  throws(
    "create one level too deep",
    async ({ ak, id }) => ak.create({ accountId: "a", parent: await deepest(ak, id) }),
    "depth_exceeded",
  ),
  throws(
    "ensureSubject one level too deep",
    async ({ ak, id }) => ak.ensureSubject("s", { parent: await deepest(ak, id) }),
    "depth_exceeded",
  ),
  answers("eight levels below the root", async ({ ak, id }) => (await ak.budgets(await deepest(ak, id))).length, 9),
]);

check("duration", [
  ...[
    "99999999d",
    "1y",
    "-1d",
    "1.5h",
    "5",
    "d",
    " 1d",
    "1d ",
    "1D",
    "10s",
    "0x1h",
    TEN_KB,
    LONE_SURROGATE,
    5,
    {},
    1n,
  ].map((expiresIn) => {
    const shown = typeof expiresIn === "string" ? JSON.stringify(expiresIn.slice(0, 12)) : String(expiresIn);
    const message = /^Invalid duration: /;
    return throws(
      `expiresIn ${shown}`,
      ({ ak }) => ak.create({ accountId: "a", expiresIn }),
      "invalid_duration",
      message,
    );
  }),
  ...[
    "99999999d",
    "soon",
    "",
    "999ms",
    999,
    30 * DAY + 1,
    "31d",
    0,
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    "1mo1d",
    5n,
    {},
  ].flatMap((ttl) => [
    answers(
      `reserve for ${String(ttl)}`,
      ({ ak, key }) => ak.reserve(key, { costCents: 1, ttl }),
      refused("invalid_ttl"),
    ),
    answers(
      `extend by ${String(ttl)}`,
      async ({ ak, reserved }) => ak.extend(await reserved(), { ttl }),
      refused("invalid_ttl"),
    ),
  ]),
]);

check("period", [
  ...["year", "Month", "", "months", 5, "__proto__", "toString", TEN_KB].flatMap((budgetPeriod) => {
    const shown = String(budgetPeriod).slice(0, 12);
    const message = /^Invalid budget period: /;
    return [
      throws(
        `create with ${shown}`,
        ({ ak }) => ak.create({ accountId: "a", budgetPeriod }),
        "invalid_period",
        message,
      ),
      throws(
        `setBudget to ${shown}`,
        ({ ak, id }) => ak.setBudget({ id }, { budgetPeriod }),
        "invalid_period",
        message,
      ),
    ];
  }),
  throws(
    "an unknown window",
    ({ ak }) => ak.create({ accountId: "a", budgetWindow: "fiscal" }),
    "invalid_budget_window",
  ),
]);

const UNKNOWN_HOLD = `hold_${"0".repeat(32)}`;
check("hold", [
  ...holdVerbs.map(([verb, act]) =>
    answers(`${verb} of an unknown one`, ({ ak }) => act(ak, UNKNOWN_HOLD), refused("hold_not_found")),
  ),
  answers(
    "extend of a settled one",
    async ({ ak, reserved }) => {
      const hold = await reserved();
      await ak.settle(hold, { costCents: 5 });
      return ak.extend(hold, { ttl: "1m" });
    },
    refused("hold_expired"),
  ),
  answers(
    "extend of a released one",
    async ({ ak, reserved }) => {
      const hold = await reserved();
      await ak.release(hold);
      return ak.extend(hold, { ttl: "1m" });
    },
    refused("hold_expired"),
  ),
  answers(
    "extend of an expired one",
    async ({ ak, reserved, clock }) => {
      const hold = await reserved({ ttl: "1m" });
      clock.now += HOUR;
      return ak.extend(hold, { ttl: "1m" });
    },
    refused("hold_expired"),
  ),
]);

check("idempotency key with another amount", [
  answers(
    "of a charge",
    async ({ ak, key }) => {
      await ak.trackUsage(key, { costCents: 5, idempotencyKey: "a" });
      return [await ak.trackUsage(key, { costCents: 6, idempotencyKey: "a" }), await money(ak, { key })];
    },
    [refused("idempotency_key_reused"), [5, 0, 995]],
  ),
  answers(
    "of a reserve",
    async ({ ak, key }) => {
      await ak.reserve(key, { costCents: 5, idempotencyKey: "a" });
      return [await ak.reserve(key, { costCents: 6, idempotencyKey: "a" }), await money(ak, { key })];
    },
    [refused("idempotency_key_reused"), [0, 5, 995]],
  ),
]);
