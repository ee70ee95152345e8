// What the classes of DIFFERENCES.md mean for the pure functions. Runs in every runtime.

const TOLERANCE = 1e-9;

// Beyond 2⁵³ doubles lie further apart than the tolerance, so there it is relative.
const near = (left, right) => Math.abs(left - right) <= TOLERANCE * Math.max(1, Math.abs(right));

/** What it takes to be of a class: the case, the recorded outcome and ours, each `{value}` or `{error}`. */
const classes = {
  untyped: ({ recordedCase, ours }) =>
    recordedCase.name.split("/")[3] === "untyped" && ours.error?.name === "KeyrailError",
  "no-such-date": ({ recorded, ours }) =>
    recorded.value instanceof Date && Number.isNaN(recorded.value.getTime()) && ours.error?.code === "invalid_duration",
  "exact-sums": ({ recorded, ours }) =>
    recorded.value !== null &&
    ours.value?.limit === recorded.value.limit &&
    near(ours.value.spent, recorded.value.spent) &&
    near(ours.value.remaining, recorded.value.remaining),
};

/** Whether a row of the table covers a difference; notes that the row is needed. */
export const isListed = (rows, file, difference) => {
  const row = rows.find(({ file: of, name }) => of === file && classes[name]?.(difference) === true);
  if (row !== undefined) row.used = true;
  return row !== undefined;
};
