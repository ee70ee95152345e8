/** What a case expects, said without a test runner: this runs in a Worker and in a browser too. */

/** How much of a value a message shows. */
const SHOWN_MAX = 160;

/** Something was not as it must be. */
export class Unmet extends Error {
  override readonly name = "Unmet";
}

/** @throws Unmet with `message`, unless the condition holds */
export function ensure(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Unmet(message);
}

/**
 * Compares plain data to its depth: numbers as `Object.is` does, a member that is `undefined` unlike
 * one that is not there.
 *
 * @throws Unmet that names the first place where they differ
 */
export function equal(actual: unknown, expected: unknown, what = "the answer"): void {
  const place = difference(actual, expected, what);
  if (place !== null) throw new Unmet(place);
}

/**
 * Awaits a promise that must reject.
 *
 * @returns what it rejected with
 * @throws Unmet if it does not
 */
export async function rejected(promise: Promise<unknown>, what: string): Promise<unknown> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (fault: unknown) => ({ fault }),
  );
  if ("fault" in outcome) return outcome.fault;
  throw new Unmet(`${what} must be refused; it gave ${shown(outcome.value)}`);
}

/**
 * Awaits a promise that must reject with a KeyrailError. It is told by its name, so that a store may
 * take the class from either half of the package.
 *
 * @throws Unmet if it does not, or has another code than `code`
 */
export async function refusal(promise: Promise<unknown>, what: string, code?: string): Promise<void> {
  const fault = await rejected(promise, what);
  ensure(isClear(fault), `${what} must be refused with a KeyrailError; it failed with ${String(fault)}`);
  if (code !== undefined) equal(codeOf(fault), code, `the code of ${what}`);
}

/** Whether an error is a KeyrailError, from whichever half of the package. */
export function isClear(fault: unknown): boolean {
  return fault instanceof Error && fault.name === "KeyrailError" && typeof codeOf(fault) === "string";
}

/** The code of an error that has one. */
export function codeOf(fault: unknown): unknown {
  return typeof fault === "object" && fault !== null && "code" in fault ? fault.code : undefined;
}

/** A value for people, short. */
export function shown(value: unknown): string {
  // What JSON has no word for, such as NaN, is shown as the language does.
  const whole = typeof value === "number" ? numeral(value) : (JSON.stringify(value) ?? String(value));
  return whole.length <= SHOWN_MAX ? whole : `${whole.slice(0, SHOWN_MAX)}… of ${whole.length} characters`;
}

function numeral(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

/** The first difference in words, or `null`. */
function difference(actual: unknown, expected: unknown, place: string): string | null {
  if (Object.is(actual, expected)) return null;
  const isSameKind = isObject(actual) && isObject(expected) && Array.isArray(actual) === Array.isArray(expected);
  if (!isSameKind) return `${place} is ${shown(actual)}, not ${shown(expected)}`;
  const names = Object.keys(expected);
  for (const name of Object.keys(actual)) {
    if (!Object.hasOwn(expected, name)) return `${place} has ${name}: ${shown(actual[name])}, which must not be there`;
  }
  for (const name of names) {
    if (!Object.hasOwn(actual, name)) return `${place} lacks ${name}, which must be ${shown(expected[name])}`;
    const inside = Array.isArray(expected) ? `${place}[${name}]` : `${place}.${name}`;
    const found = difference(actual[name], expected[name], inside);
    if (found !== null) return found;
  }
  return null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
