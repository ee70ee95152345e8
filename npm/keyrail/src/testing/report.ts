/** Runs cases one after another and counts them. */
import { codeOf } from "./expect.js";

/** A case that hangs is a failure after so long, in ms. */
const CASE_MS_MAX = 60_000;

/** One thing that must hold. */
export interface Case {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/** A case that did not hold, and why. */
export interface Failure {
  readonly name: string;
  readonly message: string;
}

/** How it went. */
export interface TestReport {
  readonly passed: number;
  readonly failed: Failure[];
}

/** How a case ended; `message` is `null` where it held. */
export interface TestResult {
  readonly name: string;
  readonly message: string | null;
}

/** How to run. */
export interface TestOptions {
  /** Called after each case, for whoever reports them one by one. */
  readonly onResult?: (result: TestResult) => void;
}

/** Runs every case, also after one that failed. */
export async function runCases(cases: readonly Case[], options: TestOptions = {}): Promise<TestReport> {
  let passed = 0;
  const failed: Failure[] = [];
  for (const { name, run } of cases) {
    const message = await faultOf(run);
    if (message === null) passed += 1;
    else failed.push({ name, message });
    options.onResult?.({ name, message });
  }
  return { passed, failed };
}

/** Why a case fails, or `null`. */
async function faultOf(run: () => Promise<void>): Promise<string | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`it did not end within ${CASE_MS_MAX / 1_000} s`), CASE_MS_MAX);
  });
  try {
    return await Promise.race([run().then(() => null), late]);
  } catch (fault) {
    return describe(fault);
  } finally {
    clearTimeout(timer);
  }
}

function describe(fault: unknown): string {
  if (!(fault instanceof Error)) return `it threw ${String(fault)}`;
  if (fault.name === "Unmet") return fault.message;
  const code = codeOf(fault);
  return `${fault.name}${code === undefined ? "" : ` ${String(code)}`}: ${fault.message}`;
}
