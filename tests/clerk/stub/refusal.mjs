// What Clerk says when it refuses: a status and a list of errors with stable codes.

/** A refusal that a route throws. */
export class Refusal extends Error {
  /** @param {number} status @param {string} code @param {string} message */
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }

  /** The body that goes with the status. */
  get body() {
    const { code, message } = this;
    return { errors: [{ code, message, long_message: message }], clerk_trace_id: "trace_of_the_stub" };
  }
}

/** Clerk's words for what a status means, for faults that are no route's doing. */
const WORDS = {
  400: ["bad_request", "Bad request"],
  401: ["clerk_key_invalid", "The provided Clerk Secret Key is invalid."],
  402: ["payment_required", "Payment required"],
  403: ["authorization_invalid", "You are not authorized to perform this request"],
  404: ["resource_not_found", "Resource not found"],
  405: ["method_not_allowed", "Method not allowed"],
  422: ["form_param_invalid", "A parameter is invalid"],
  429: ["too_many_requests", "Too many requests, retry later"],
  500: ["internal_clerk_error", "Oops, an unexpected error occurred"],
  502: ["bad_gateway", "Bad gateway"],
  503: ["service_unavailable", "Service unavailable"],
  504: ["gateway_timeout", "Gateway timeout"],
};

/** The refusal of a status, in Clerk's words. */
export function refusalOf(status) {
  const [code, message] = WORDS[status] ?? ["unexpected", `An answer of status ${status}`];
  return new Refusal(status, code, message);
}
