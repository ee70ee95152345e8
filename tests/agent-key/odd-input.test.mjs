// What looks wrong and is not: no error, one stated outcome.
import { answers, check } from "./check.mjs";
import { HOUR, money } from "./world.mjs";

check("not an error", [
  answers(
    "fractional costs",
    async ({ ak, key }) => {
      await ak.trackUsage(key, { costCents: 0.1 });
      await ak.trackUsage(key, { costCents: 0.2 });
      await ak.trackUsage(key, { costCents: 1e-7 });
      return money(ak, { key });
    },
    [0.300_001, 0, 999.699_999],
  ),
  ...[0, -0].map((costCents) =>
    answers(
      `trackUsage of ${Object.is(costCents, -0) ? "-0" : "0"}`,
      async ({ ak, key }) => [await ak.trackUsage(key, { costCents }), await ak.trackUsage("nobody's", { costCents })],
      [{ success: true }, { success: true }],
    ),
  ),
  answers(
    "subjects that differ only by case are two",
    async ({ ak }) => {
      await ak.ensureSubject("User", { budgetCents: 10 });
      await ak.ensureSubject("user", { budgetCents: 20 });
      await ak.trackUsageBySubject("User", { costCents: 10 });
      return [await money(ak, { subject: "User" }), await money(ak, { subject: "user" })];
    },
    [
      [10, 0, 0],
      [0, 0, 20],
    ],
  ),
  answers(
    "a subject may have a slash",
    async ({ ak, id }) => {
      await ak.ensureSubject(`${id}/2`, { budgetCents: 10 });
      return money(ak, { subject: `${id}/2` });
    },
    [0, 0, 10],
  ),
  answers(
    "duplicate scopes and __proto__ are kept",
    async ({ ak }) => {
      const scopes = ["read", "__proto__", "read", "constructor", ""];
      const made = await ak.create({ accountId: "a", scopes });
      const valid = await ak.validate(made.key);
      return [made.scopes, valid.scopes, ak.hasScope(valid, "__proto__"), ak.hasScope(valid, "toString")];
    },
    [["read", "__proto__", "read", "constructor", ""], ["read", "__proto__", "read", "constructor", ""], true, false],
  ),
  answers(
    "settle twice gives the first answer",
    async ({ ak, key, reserved }) => {
      const hold = await reserved();
      return [
        await ak.settle(hold, { costCents: 40 }),
        await ak.settle(hold, { costCents: 7 }),
        await money(ak, { key }),
      ];
    },
    [
      { success: true, costCents: 40, overdraftCents: 0, late: false },
      { success: true, costCents: 40, overdraftCents: 0, late: false },
      [40, 0, 960],
    ],
  ),
  answers(
    "settle late",
    async ({ ak, key, reserved, clock }) => {
      const hold = await reserved({ ttl: "1m" });
      clock.now += HOUR;
      return [await ak.settle(hold, { costCents: 40 }), await money(ak, { key })];
    },
    [{ success: true, costCents: 40, overdraftCents: 0, late: true }, [40, 0, 960]],
  ),
  answers(
    "settle after a release",
    async ({ ak, key, reserved }) => {
      const hold = await reserved();
      await ak.release(hold);
      return [await ak.settle(hold, { costCents: 40 }), await money(ak, { key })];
    },
    [{ success: true, costCents: 40, overdraftCents: 0, late: true }, [40, 0, 960]],
  ),
  answers(
    "a clock that goes back: the tree's time does not",
    async ({ ak, key, reserved, clock }) => {
      const first = await reserved({ ttl: "1m" });
      clock.now += HOUR;
      await ak.trackUsage(key, { costCents: 1 });
      clock.now -= 2 * HOUR;
      // The hold has expired in this tree's time and stays so.
      return [
        await money(ak, { key }),
        (await ak.settle(first, { costCents: 2 })).late,
        (await ak.trackUsage(key, { costCents: 1 })).success,
      ];
    },
    [[1, 0, 999], true, true],
  ),
]);
