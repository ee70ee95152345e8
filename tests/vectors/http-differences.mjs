// What the classes of DIFFERENCES.md mean for recorded HTTP cases. A difference is `{input, recorded,
// ours}`; of the routes it also names the `column` of a row, or none where the answers differ.

const CENTS_MAX = 9e9;
const INT4_MAX = 2_147_483_647;
const DAY_MS = 86_400_000;

const bodyOf = ({ input }) => input.request?.body ?? {};
const isAnswer = ({ column }) => column === undefined;
const isStatus = (difference, recorded, ours) =>
  isAnswer(difference) && difference.recorded.status === recorded && difference.ours.status === ours;

/** Whether a cap is one that a key can have. */
const isCap = (cents) => Number.isInteger(cents) && cents >= 0 && cents <= CENTS_MAX;

/** By the name of the class. */
export const classOf = {
  // RFC 9110: the scheme is case-insensitive. Recorded, such a header counted as none.
  "scheme-case": ({ input, recorded, ours }) =>
    /^(?:bearer|BEARER) <KEY>$/.test(input.authorization) &&
    recorded.body.error === "Missing API key" &&
    ours.body.error !== "Missing API key",

  "unverified-account": (difference) =>
    difference.column === "account_id" &&
    difference.input.request.path === "/signup" &&
    difference.ours === `unverified:${difference.recorded}`,
  "empty-expiry": (difference) =>
    isStatus(difference, 201, 201) &&
    bodyOf(difference).expires_in === "" &&
    Date.parse(difference.ours.body.expiresAt) - Date.parse(difference.input.now) === DAY_MS,
  "control-character": (difference) =>
    isStatus(difference, 500, 400) && difference.ours.body.error === "Valid email is required",
  "signup-rate-limit": ({ input, ours }) =>
    input.routeOptions.signupRateLimit !== undefined && ours.error?.code === "invalid_option",
  week: (difference) => isStatus(difference, 400, 201) && bodyOf(difference).budget_period === "week",
  "no-such-date": (difference) => bodyOf(difference).expires_in === "99999999999d" && isStatus(difference, 500, 400),
  ceiling: (difference) => isStatus(difference, 500, 201) && bodyOf(difference).budget_cents > INT4_MAX,
  "unchecked-budget": (difference) =>
    (isStatus(difference, 201, 400) || isStatus(difference, 500, 400)) &&
    "budget_cents" in bodyOf(difference) &&
    !isCap(bodyOf(difference).budget_cents),
  "unchecked-type": (difference) =>
    isStatus(difference, 201, 400) &&
    ["name", "expires_in"].some((member) => !["string", "undefined"].includes(typeof bodyOf(difference)[member])),
  "admin-scopes": (difference) =>
    isStatus(difference, 201, 201) &&
    difference.recorded.body.scopes === null &&
    difference.ours.body.scopes.join() === "admin" &&
    difference.input.caller.options.scopes.includes("admin"),
  "strict-id": (difference) =>
    (isStatus(difference, 200, 400) || isStatus(difference, 404, 400)) &&
    !/^\d+$/.test(difference.input.request.path.slice("/sdk-keys/".length)),
  "unknown-id": (difference) => isStatus(difference, 500, 404) && difference.ours.body.error === "Key not found",
  "month-anchor": ({ input, column, recorded, ours }) =>
    column === "budget_reset_at" && ours - recorded === Date.parse(input.now) % DAY_MS,
};
