// How much of a call over grants is the core's own work, and how much the JavaScript around it.
import { duration, median } from "./harness.mjs";
import { calls } from "./rounds.mjs";

const ROUNDS = 7;

/** A question as `bindings/flat` reads it, with numbers for the scopes as they come. */
const questionOf = (grants) => {
  const ids = new Map();
  const idOf = (scope) => ids.get(scope) ?? ids.set(scope, ids.size).get(scope);
  return Float64Array.from(
    grants.flatMap(({ bounds, scopes }) => [
      ...bounds.map((bound) => bound ?? Number.NaN),
      scopes.length,
      ...scopes.map(idOf),
    ]),
  );
};

const nsOf = (call) => {
  const round = calls(call);
  return median(Array.from({ length: ROUNDS }, round));
};

/** The ns of one of the core's calls over grants: the question is put back each time, and that is taken off. */
export const nsInCore = (flat, name, grants) => {
  const question = questionOf(grants);
  flat.reserve(question.length, 0);
  const call = flat.calls[name].bind(flat.calls);
  const put = () => flat.words.set(question);
  const both = nsOf(() => {
    put();
    return call(question.length);
  });
  return Math.max(0, both - nsOf(put));
};

/** A sentence for a target that was missed. */
export const shareOfCore = (flat, name, grants) => (result) => {
  const inCore = nsInCore(flat, name, grants);
  const count = grants.reduce((sum, grant) => sum + grant.scopes.length, 0);
  const rest = duration(Math.max(0, result.ours - inCore));
  return `${duration(inCore)} in the core, ${rest} in checking the input, numbering ${count} scopes and making the answer`;
};
