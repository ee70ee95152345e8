// The forms in which the Backend API gives its things.

/** An API key; its secret only to whoever made it. */
export const apiKeyJson = (world, key, { withSecret = false } = {}) => ({
  object: "api_key",
  id: key.id,
  type: "api_key",
  name: key.name,
  subject: key.subject,
  scopes: key.scopes,
  claims: key.claims,
  revoked: key.revoked,
  revocation_reason: key.revocationReason,
  expired: world.isExpired(key),
  expiration: key.expiration,
  created_by: key.createdBy,
  description: key.description,
  last_used_at: key.lastUsedAt,
  created_at: key.createdAt,
  updated_at: key.updatedAt,
  ...(withSecret ? { secret: key.secret } : {}),
});

/** A token of a machine; the token itself only to whoever made it. */
export const tokenJson = (world, token, { withToken = false } = {}) => ({
  object: "machine_to_machine_token",
  id: token.id,
  subject: token.subject,
  scopes: token.scopes,
  claims: token.claims,
  revoked: token.revoked,
  revocation_reason: token.revocationReason,
  expired: world.isExpired(token),
  expiration: token.expiration,
  last_used_at: null,
  created_at: token.createdAt,
  updated_at: token.updatedAt,
  ...(withToken ? { token: token.token } : {}),
});

const machineFields = (world, machine) => ({
  object: "machine",
  id: machine.id,
  name: machine.name,
  instance_id: world.instanceId,
  created_at: machine.createdAt,
  updated_at: machine.updatedAt,
  default_token_ttl: machine.defaultTokenTtl,
});

/** A machine with those that it may speak to; its secret only to whoever made it. */
export const machineJson = (world, machine, { withSecret = false } = {}) => ({
  ...machineFields(world, machine),
  scoped_machines: world.machines
    .filter(({ id }) => machine.scopedTo.includes(id))
    .map((other) => ({ ...machineFields(world, other), scoped_machines: [] })),
  ...(withSecret ? { secret_key: machine.keys[0].secret } : {}),
});
