// What the classes of DIFFERENCES.md mean for recorded sequences. A difference is
// `{step, now, instants, recorded, ours, row, isRefused}`: `row` is the row that the step is about,
// `step` is null for a column of a row at the end, `instants` are those of the steps so far, and
// `isRefused` says that its key was never made here.
import { isDeepStrictEqual } from "node:util";

const BUDGET_FIELDS = [
  "budgetUsedCents",
  "budgetRemainingCents",
  "budgetResetAt",
  "budget_used_cents",
  "budget_reset_at",
];
const NOTED_EVERY_MS = 5 * 60_000;

/** Whether two answers agree in all but these fields. */
const agreesBut = (fields, left, right) => {
  const without = (answer) =>
    Object.fromEntries(Object.entries(answer ?? {}).filter(([name]) => !fields.includes(name)));
  return isDeepStrictEqual(without(left), without(right));
};

/** Whether an answer tells of a budget: a figure, or that it is spent. */
const isAboutBudget = ({ recorded, ours }) =>
  agreesBut(BUDGET_FIELDS, recorded, ours) || [recorded, ours].some((answer) => answer?.reason === "budget_exceeded");

const DAY_MS = 86_400_000;

/** Whether the window ends at the anchor's time of day, as every anchored one does. */
const isAnchored = ({ row }) => (row.resetAt - row.anchorAt) % DAY_MS === 0;

const isIn = (period) => (difference) =>
  difference.row?.period === period && isAnchored(difference) && isAboutBudget(difference);

/** By the name of the class. */
export const classOf = {
  // The window that begins at this very instant has begun here; recorded, the old one still ran.
  "reset-instant": (difference) => isIn("day")(difference) && difference.instants.has(difference.row.windowStart),
  // A day that a charge rolls keeps its anchor too; recorded, the next one began with the charge.
  "day-anchor": (difference) => isIn("day")(difference) && !difference.instants.has(difference.row.windowStart),
  // Month windows keep the day and time of creation, whoever rolls them.
  "month-anchor": isIn("month"),
  // A key is expired at its expiry, so it is not used then either.
  "expiry-instant": ({ step, recorded, ours, row, now }) =>
    (ours?.reason === "expired" && row?.expiresAt === now) ||
    (step === null && row?.expiresAt !== null && recorded.last_used_at?.getTime() === row?.expiresAt),
  "raw-postgres-error": ({ step }) => step?.quirks?.includes("raw_postgres_error") === true,
  "unchecked-budget": ({ step, ours, isRefused }) =>
    isRefused || (step?.op === "create" && String(ours?.error).startsWith("budgetCents is a whole number")),
  "empty-subject": ({ step, isRefused }) => step?.args?.subject === "" || (step === null && isRefused),
  "last-used": ({ step, recorded, ours }) =>
    step === null &&
    recorded.last_used_at - ours.last_used_at > 0 &&
    recorded.last_used_at - ours.last_used_at < NOTED_EVERY_MS,
};
