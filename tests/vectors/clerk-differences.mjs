// What the classes of DIFFERENCES.md mean for the recorded cases of Clerk's middlewares. A difference is `{input,
// recorded, ours}`; of a row it also names the `column`, or null where the whole row is not there.

const DAY_MS = 86_400_000;

const isAnswer = ({ column }) => column === undefined;
const isRow = ({ column, ours }) => column === null && ours === undefined;
const isUnusedColumn = ({ column, ours }) => column === "last_used_at" && ours === null;

/** Whether the answer is now this one, and no handler has run. */
const isRefusal = ({ ours }, status, error) =>
  ours.status === status && ours.body.error === error && ours.handlerRan === false;

/** The members of a value, at any depth, that are not as recorded. */
const changes = (recorded, ours) => {
  if (typeof recorded !== "object" || recorded === null) return recorded === ours ? [] : [[recorded, ours]];
  return Object.keys(recorded).flatMap((name) => changes(recorded[name], ours?.[name]));
};

const BAD_WORDS = { m2m: "invalid_token", apiKey: "invalid_key" };

/** By the name of the class. */
export const classOf = {
  "nameless-subject": (difference) => {
    const { subject } = difference.input.verified ?? {};
    if (subject?.$undefined !== true && subject !== "") return false;
    return isAnswer(difference)
      ? isRefusal(difference, 503, "auth_unavailable")
      : isRow(difference) && [null, ""].includes(difference.recorded.external_subject);
  },
  "empty-answer": (difference) =>
    difference.input.verified === null && isAnswer(difference) && isRefusal(difference, 503, "auth_unavailable"),
  "past-expiration": (difference) => {
    const { expiration } = difference.input.verified ?? {};
    if (!(expiration <= Date.parse(difference.input.requestAt))) return false;
    return isAnswer(difference)
      ? isRefusal(difference, 401, BAD_WORDS[difference.input.kind])
      : isRow(difference) || isUnusedColumn(difference);
  },
  "thrown-fault": (difference) =>
    difference.input.verified?.$throws !== undefined &&
    isAnswer(difference) &&
    difference.recorded.body.error === "invalid_key" &&
    isRefusal(difference, 500, "auth_unavailable"),
  "spaces-before": ({ input, column, recorded, ours }) =>
    input.authorization === "Bearer  tok" &&
    column === undefined &&
    changes(recorded, ours).every(([before, now]) => JSON.stringify([before, now]) === JSON.stringify([" tok", "tok"])),
  "month-anchor": ({ input, column, recorded, ours }) => {
    const timeOfDay = Date.parse(input.now) % DAY_MS;
    const isLater = ([before, now]) => Date.parse(now) - Date.parse(before) === timeOfDay;
    if (column !== undefined) return column === "budget_reset_at" && ours - recorded === timeOfDay;
    return changes(recorded, ours).every(isLater) && recorded.body.agentKey?.budgetPeriod === "month";
  },
};
