// The endpoints of the Backend API: who may ask, what with, and what comes back.
import { checkCredential, checkFields, types } from "./body.mjs";
import { Refusal, refusalOf } from "./refusal.mjs";
import { apiKeyJson, machineJson, tokenJson } from "./wire.mjs";

const { text, nullableText, claims, texts, oneOf, whole, nullableWhole } = types;
const ROTATION_GRACE_S_MAX = 28_800;
const LIMIT = 10;

/** What a listing takes beside its own; a query holds text only. */
const PAGE = { limit: (value) => /^\d+$/.test(value), offset: (value) => /^\d+$/.test(value) };
const page = (items, query) => {
  const offset = Number(query.offset ?? 0);
  return [...items].reverse().slice(offset, offset + Number(query.limit ?? LIMIT));
};

/** Nothing but what is valid is shown where the instance is set to refuse the rest. */
const refuseEnded = (world, item, ended) => {
  if (ended === "refusal" && (item.revoked || world.isExpired(item))) throw refusalOf(400);
};

const verifyApiKey = ({ world, body, ended }) => {
  checkCredential(body.secret);
  const key = world.apiKeys.find(({ secret }) => secret === body.secret);
  if (key === undefined) throw refusalOf(404);
  refuseEnded(world, key, ended);
  key.lastUsedAt = world.now;
  return apiKeyJson(world, key);
};

const verifyToken = ({ world, body, owner, ended }) => {
  checkCredential(body.token);
  const token = world.tokens.find((candidate) => candidate.token === body.token);
  // To a machine that it was not made for, a token is unknown.
  const isFor = (machine) => token.scopes.includes(machine.id);
  if (token === undefined || (owner.kind === "machine" && !isFor(owner.machine))) throw refusalOf(404);
  refuseEnded(world, token, ended);
  return tokenJson(world, token);
};

const createToken = ({ world, body, owner: { machine } }) => {
  const { seconds_until_expiration: ttlSeconds = null, min_remaining_ttl_seconds: minRemainingSeconds } = body;
  const lifetime = ttlSeconds ?? machine.defaultTokenTtl;
  if (minRemainingSeconds !== undefined && minRemainingSeconds >= lifetime) {
    throw new Refusal(400, "form_param_value_invalid", "min_remaining_ttl_seconds must be less than the lifetime.");
  }
  const asked = { ttlSeconds, claims: body.claims ?? null, format: body.token_format ?? "opaque" };
  return tokenJson(world, world.issue(machine, { ...asked, minRemainingSeconds }), { withToken: true });
};

const ownToken = (world, id, owner) => {
  const token = world.require(world.tokens, id);
  if (owner.kind === "machine" && owner.machine.id !== token.subject) throw refusalOf(404);
  return token;
};

const revokeToken = ({ world, body, owner, ids: [id] }) =>
  tokenJson(world, world.revoke(ownToken(world, id, owner), body?.revocation_reason));

const listTokens = ({ world, query, owner }) => {
  if (owner.kind === "machine" && owner.machine.id !== query.subject) throw refusalOf(403);
  const shown = (token) =>
    token.subject === query.subject &&
    (!token.revoked || query.revoked === "true") &&
    (!world.isExpired(token) || query.expired === "true");
  const tokens = world.tokens.filter(shown);
  return { m2m_tokens: page(tokens, query).map((token) => tokenJson(world, token)), total_count: tokens.length };
};

const createApiKey = ({ world, body }) => {
  const { seconds_until_expiration: ttl = null, created_by: createdBy = null, ...rest } = body;
  const expiration = ttl === null ? null : world.now + ttl * 1_000;
  return apiKeyJson(world, world.addApiKey({ ...rest, createdBy, expiration }), { withSecret: true });
};

const createMachine = ({ world, body }) => {
  const { name, scoped_machines: scopedTo, default_token_ttl: defaultTokenTtl } = body;
  return machineJson(world, world.addMachine({ name, scopedTo, defaultTokenTtl }), { withSecret: true });
};

const addScope = ({ world, body, ids: [id] }) => {
  const machine = world.require(world.machines, id);
  world.require(world.machines, body.to_machine_id);
  machine.scopedTo = [...new Set([...machine.scopedTo, body.to_machine_id])];
  return { object: "machine_scope", from_machine_id: id, to_machine_id: body.to_machine_id, created_at: world.now };
};

const removeScope = ({ world, ids: [id, other] }) => {
  const machine = world.require(world.machines, id);
  if (!machine.scopedTo.includes(other)) throw refusalOf(404);
  machine.scopedTo = machine.scopedTo.filter((scope) => scope !== other);
  return { object: "machine_scope", from_machine_id: id, to_machine_id: other, deleted: true };
};

const rotateKey = ({ world, body, ids: [id] }) => {
  const machine = world.require(world.machines, id);
  return { object: "machine_secret_key", secret: world.rotate(machine, body.previous_token_ttl) };
};

/** Which keys open an endpoint. */
const INSTANCE = ["instance"];
const MACHINE = ["machine"];
const EITHER = ["instance", "machine"];

const route = (method, path, keys, answer, fields = {}) => ({
  method,
  /** `:id` stands for one part of the path. */
  pattern: new RegExp(`^${path.replaceAll(":id", "([^/]+)")}$`),
  keys,
  answer,
  ...fields,
});

/** Every endpoint that the stub knows; whatever else is asked is 404. */
export const ROUTES = [
  route("POST", "/api_keys/verify", INSTANCE, verifyApiKey, { body: { required: { secret: text } } }),
  route("POST", "/api_keys", INSTANCE, createApiKey, {
    body: {
      required: { name: text, subject: text },
      optional: {
        description: nullableText,
        claims,
        scopes: texts,
        created_by: nullableText,
        seconds_until_expiration: nullableWhole(1),
      },
    },
  }),
  route(
    "POST",
    "/api_keys/:id/revoke",
    INSTANCE,
    ({ world, body, ids: [id] }) =>
      apiKeyJson(world, world.revoke(world.require(world.apiKeys, id), body?.revocation_reason)),
    { body: { optional: { revocation_reason: nullableText } } },
  ),
  route("POST", "/m2m_tokens/verify", EITHER, verifyToken, { body: { required: { token: text } } }),
  route("POST", "/m2m_tokens", MACHINE, createToken, {
    body: {
      optional: {
        seconds_until_expiration: nullableWhole(1),
        claims,
        min_remaining_ttl_seconds: whole(0),
        token_format: oneOf("opaque", "jwt"),
      },
    },
  }),
  route("GET", "/m2m_tokens", EITHER, listTokens, {
    query: { required: { subject: text }, optional: { revoked: oneOf("true"), expired: oneOf("true"), ...PAGE } },
  }),
  route("POST", "/m2m_tokens/:id/revoke", EITHER, revokeToken, {
    body: { optional: { revocation_reason: nullableText } },
  }),
  route("POST", "/v1/machines", INSTANCE, createMachine, {
    body: { required: { name: text }, optional: { scoped_machines: texts, default_token_ttl: whole(1) } },
  }),
  route("GET", "/v1/machines/:id", INSTANCE, ({ world, ids: [id] }) =>
    machineJson(world, world.require(world.machines, id)),
  ),
  route("POST", "/v1/machines/:id/scopes", INSTANCE, addScope, { body: { required: { to_machine_id: text } } }),
  route("DELETE", "/v1/machines/:id/scopes/:id", INSTANCE, removeScope),
  route("GET", "/v1/machines/:id/secret_key", INSTANCE, ({ world, ids: [id] }) => ({
    object: "machine_secret_key",
    secret: world.require(world.machines, id).keys[0].secret,
  })),
  route("POST", "/v1/machines/:id/secret_key/rotate", INSTANCE, rotateKey, {
    body: { required: { previous_token_ttl: whole(0, ROTATION_GRACE_S_MAX) } },
  }),
  route("GET", "/v1/jwks", INSTANCE, ({ world }) => world.signingKey.jwks),
];

/** The route of a request with the ids in its path. */
export function routeOf(method, path) {
  const matching = ROUTES.filter(({ pattern }) => pattern.test(path));
  if (matching.length === 0) throw new Refusal(404, "endpoint_not_found", `the stub has no ${method} ${path}`);
  const found = matching.find((candidate) => candidate.method === method);
  if (found === undefined) throw refusalOf(405);
  return { route: found, ids: found.pattern.exec(path).slice(1).map(decoded) };
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    throw refusalOf(400);
  }
}

/** The answer to a request, or a thrown refusal. */
export function answer({ method, path, query, body, owner, world, ended }) {
  const { route: found, ids } = routeOf(method, path);
  if (!found.keys.includes(owner.kind)) throw refusalOf(403);
  if (found.body === undefined && body !== undefined) throw new Refusal(400, "request_body_invalid", "A body here?");
  checkFields(body ?? {}, found.body ?? {});
  checkFields(query, found.query ?? {});
  return found.answer({ world, query, body, owner, ids, ended });
}
