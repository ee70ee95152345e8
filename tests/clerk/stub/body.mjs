// What a request may hold: only fields that the endpoint knows, each of its type.
import { Refusal, refusalOf } from "./refusal.mjs";

const isWhole = (value, least, greatest) => Number.isInteger(value) && value >= least && value <= greatest;
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const strings = (value) => Array.isArray(value) && value.every((item) => typeof item === "string");

/** The types of fields, each a test of a value. */
export const types = {
  text: (value) => typeof value === "string" && value !== "",
  nullableText: (value) => value === null || typeof value === "string",
  claims: (value) => value === null || isObject(value),
  texts: strings,
  oneOf:
    (...choices) =>
    (value) =>
      choices.includes(value),
  whole:
    (least, greatest = Number.MAX_SAFE_INTEGER) =>
    (value) =>
      isWhole(value, least, greatest),
  nullableWhole: (least) => (value) => value === null || isWhole(value, least, Number.MAX_SAFE_INTEGER),
};

/** The JSON object that a body is, or nothing where there is none. */
export function parsedBody(text) {
  if (text === "") return undefined;
  try {
    const value = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    throw new Refusal(400, "request_body_invalid", "The request body is invalid JSON.");
  }
  throw new Refusal(400, "request_body_invalid", "The request body is no object.");
}

/** Holds the fields against what the endpoint takes. */
export function checkFields(fields, { required = {}, optional = {} }) {
  for (const name of Object.keys(required)) {
    if (!Object.hasOwn(fields, name)) throw new Refusal(422, "form_param_missing", `${name} must be included.`);
  }
  const known = { ...required, ...optional };
  for (const [name, value] of Object.entries(fields)) {
    if (!Object.hasOwn(known, name)) throw new Refusal(422, "form_param_unknown", `${name} is not a valid parameter.`);
    if (!known[name](value)) throw new Refusal(422, "form_param_format_invalid", `${name} is invalid.`);
  }
}

const CREDENTIAL_LENGTH_MAX = 4_096;

/** Clerk looks at the form of a credential before it looks for it. */
export function checkCredential(text) {
  if (text.length > CREDENTIAL_LENGTH_MAX || /\s/.test(text)) throw refusalOf(400);
}
