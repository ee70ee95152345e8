// Every recorded case of the pure functions, with the listed differences as tests/vectors has them.
import { decode } from "../vectors/decode.mjs";
import { isListed } from "../vectors/difference-classes.mjs";
import { outcomeOf, questions, recordedOutcome } from "../vectors/pure-functions.mjs";
import { canonical } from "./canonical.mjs";

/** The files of recorded cases that the suite asks. */
export const recordedFiles = Object.keys(questions);

// Of a recorded error only the message counts.
const same = (recorded, ours) =>
  recorded.error === undefined
    ? ours.error === undefined && canonical(ours.value) === canonical(recorded.value)
    : ours.error?.message === recorded.error.message;

const firstFault = (answers, keyrail, { file, params, cases, rows }) => {
  if (cases.length === 0) return "the file has no cases";
  let fault;
  for (const recordedCase of cases) {
    const input = decode(recordedCase.input);
    const recorded = recordedOutcome(recordedCase, decode);
    const ours = outcomeOf(() => questions[file](keyrail, input, params));
    answers.note(recordedCase.name, ours);
    if (same(recorded, ours) || isListed(rows, file, { recordedCase, recorded, ours })) continue;
    fault ??= `${recordedCase.name}: recorded ${canonical(recorded)}, got ${canonical(ours)}`;
  }
  return fault;
};

/** Asks every recorded case; one check a file. */
export const askRecordedCases = (answers, keyrail, { files, differences }) => {
  const rows = differences.map((row) => ({ ...row, used: false }));
  for (const file of recordedFiles) {
    answers.check(`${file} answers as recorded`, firstFault(answers, keyrail, { file, rows, ...files[file] }));
  }
  const unused = rows.filter(({ used }) => !used).map(({ file, name }) => `${file}: ${name}`);
  answers.check("every listed difference is still one", unused.length === 0 ? undefined : unused.join(", "));
};
