// A cost or a cap that is no amount is refused with one stated reason, and nothing is spent.
import { answers, check, LARGEST, refused, throws } from "./check.mjs";
import { money } from "./world.mjs";

const notANumber = [
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
  ["a string", "5"],
  ["an empty string", ""],
  ["a BigInt", 5n],
  ["null", null],
  ["undefined", undefined],
  ["an object", { valueOf: () => 5 }],
  ["an array", [5]],
  ["true", true],
];
const outOfRange = [
  ["just above the range", LARGEST + 0.000_002],
  ["2^53", 2 ** 53],
  ["1e308", 1e308],
];
const badCosts = [
  ...notANumber.map(([name, costCents]) => [name, costCents, "invalid_cost"]),
  ...outOfRange.map(([name, costCents]) => [name, costCents, "amount_out_of_range"]),
];
const negatives = [-1, -0.000_001, -1e-9, -LARGEST, -1e308];

check(
  "cost",
  badCosts.flatMap(([name, costCents, reason]) => [
    answers(`trackUsage of ${name}`, ({ ak, key }) => ak.trackUsage(key, { costCents }), refused(reason)),
    answers(
      `trackUsage with overdraft of ${name}`,
      ({ ak, key }) => ak.trackUsage(key, { costCents, overdraft: true }),
      refused(reason),
    ),
    answers(
      `trackUsageBySubject of ${name}`,
      ({ ak }) => ak.trackUsageBySubject("nobody", { costCents }),
      refused(reason),
    ),
    answers(`reserve of ${name}`, ({ ak, key }) => ak.reserve(key, { costCents }), refused(reason)),
    answers(`reserveBySubject of ${name}`, ({ ak }) => ak.reserveBySubject("nobody", { costCents }), refused(reason)),
    answers(
      `settle of ${name}`,
      async ({ ak, key, reserved }) => [await ak.settle(await reserved(), { costCents }), await money(ak, { key })],
      [refused(reason), [0, 100, 900]],
    ),
    // Nothing is no cost at all, so there `extend` only moves the time.
    ...(costCents === undefined
      ? []
      : [
          answers(
            `extend to ${name}`,
            async ({ ak, reserved }) => ak.extend(await reserved(), { costCents }),
            refused(reason),
          ),
          answers(
            `reserve of at least ${name}`,
            ({ ak, key }) => ak.reserve(key, { costCents: 5, atLeastCents: costCents }),
            refused(reason),
          ),
        ]),
  ]),
);

check(
  "negative cost",
  negatives.flatMap((costCents) => [
    answers(`reserve of ${costCents}`, ({ ak, key }) => ak.reserve(key, { costCents }), refused("invalid_cost")),
    answers(
      `settle of ${costCents}`,
      async ({ ak, key, reserved }) => [await ak.settle(await reserved(), { costCents }), await money(ak, { key })],
      [refused("invalid_cost"), [0, 100, 900]],
    ),
    answers(
      `extend to ${costCents}`,
      async ({ ak, reserved }) => ak.extend(await reserved(), { costCents }),
      refused("invalid_cost"),
    ),
    answers(
      `reserve of at least ${costCents}`,
      ({ ak, key }) => ak.reserve(key, { costCents: 5, atLeastCents: costCents }),
      refused("invalid_cost"),
    ),
    answers(
      `trackUsage of ${costCents} is no charge`,
      async ({ ak, key }) => [await ak.trackUsage(key, { costCents }), await money(ak, { key })],
      [{ success: true }, [0, 0, 1_000]],
    ),
  ]),
);

const badCaps = [
  ["negative", -1, "invalid_cost"],
  ["fractional", 1.5, "invalid_cost"],
  ["NaN", Number.NaN, "invalid_cost"],
  ["Infinity", Number.POSITIVE_INFINITY, "invalid_cost"],
  ["-Infinity", Number.NEGATIVE_INFINITY, "invalid_cost"],
  ["a string", "50", "invalid_cost"],
  ["a BigInt", 50n, "invalid_cost"],
  ["true", true, "invalid_cost"],
  ["above the range", LARGEST + 1, "amount_out_of_range"],
  ["2^53", 2 ** 53, "amount_out_of_range"],
];
check(
  "cap",
  badCaps.flatMap(([name, budgetCents, code]) => [
    throws(`create with ${name}`, ({ ak }) => ak.create({ accountId: "a", budgetCents }), code),
    throws(`ensureSubject with ${name}`, ({ ak }) => ak.ensureSubject("s", { budgetCents }), code),
    throws(`setBudget to ${name}`, ({ ak, id }) => ak.setBudget({ id }, { budgetCents }), code),
  ]),
);
