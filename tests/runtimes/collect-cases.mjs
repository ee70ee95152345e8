// The recorded cases as one plain value, for runtimes that read no files. Runs on Node.
import { readCases } from "../vectors/cases.mjs";
import { readDifferences } from "../vectors/differences.mjs";
import { recordedFiles } from "./recorded-cases.mjs";

/** What `runtimeSuite` takes as its cases: nothing in it is lost in JSON. */
export const collectCases = () => ({
  files: Object.fromEntries(
    recordedFiles.map((file) => {
      const { params, cases } = readCases(file);
      return [file, { params, cases }];
    }),
  ),
  differences: readDifferences()
    .filter(({ file }) => recordedFiles.includes(file))
    .map(({ file, name }) => ({ file, name })),
});
