// The table of DIFFERENCES.md, and what its classes mean. A recorded answer that is not ours must be
// of a listed class, and a listed class that nothing needs any more fails the run.
import { readFileSync } from "node:fs";

const TOLERANCE = 1e-9;

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

// Beyond 2⁵³ doubles lie further apart than the tolerance, so there it is relative.
const near = (left, right) => Math.abs(left - right) <= TOLERANCE * Math.max(1, Math.abs(right));

/** The rows `| function | class | reason |`. */
export const readDifferences = () =>
  readFileSync(new URL("./DIFFERENCES.md", import.meta.url), "utf8")
    .split("\n")
    .map((line) => /^\| `(\w+)` \| `([\w-]+)` \| (.+) \|$/.exec(line))
    .filter((match) => match !== null)
    .map(([, file, name, reason]) => ({ file, name, reason, used: false }));

/** Whether a row of the table covers a difference; notes that the row is needed. */
export const isListed = (rows, file, difference) => {
  const row = rows.find(({ file: of, name }) => of === file && classes[name]?.(difference) === true);
  if (row !== undefined) row.used = true;
  return row !== undefined;
};
