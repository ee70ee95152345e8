/** Suites for whoever writes a store or stands in for an authority: no runner, and no module of Node's. */
export { type AuthorityOptions, testAuthority } from "./authority-suite.js";
export type { Failure, TestOptions, TestReport, TestResult } from "./report.js";
export { testStore } from "./store-suite.js";
