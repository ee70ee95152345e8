/**
 * Scopes and caps in the form in which other systems keep them: as objects and as JSON.
 *
 * The core knows neither, so parsing JSON, walking objects and JavaScript's own coercion to numbers
 * happen here; what is left of a rule then (how a scope is put together and taken apart, which
 * numbers are a cap) is asked of the core.
 */
import { engine } from "#engine";
import { KeyrailError } from "../errors.js";
import { readText, requireText, writeText } from "../flat/text.js";
import { orNull } from "./numbers.js";
import { requireRows } from "./rows.js";

const { flat } = engine;

/** Actions by resource. */
export type Permissions = Record<string, string[]>;

/** The caps that a key's metadata names. */
export interface KeyMeta {
  /** What may be spent, in the caller's unit of credit, or null. */
  creditLimit: number | null;
  /** Whole per cent from 1 to 100, or null. */
  rateLimitSharePct: number | null;
}

/**
 * The scopes of permissions, one `resource:action` for each action, in the order of the object.
 *
 * @throws KeyrailError `invalid_text` for an action that is not a string
 *
 * @example
 * ```ts
 * permissionsToScopes({ files: ["read", "write"] }); // ["files:read", "files:write"]
 * ```
 */
export function permissionsToScopes(
  perms: Readonly<Record<string, readonly string[] | null | undefined>> | null | undefined,
): string[] {
  const scopes: string[] = [];
  for (const [resource, actions] of Object.entries(perms ?? {})) {
    for (const action of actions ?? []) scopes.push(scopeOf(resource, action));
  }
  return scopes;
}

/**
 * The permissions of scopes: the first two parts of each between colons. A scope without both is
 * left out.
 *
 * @throws KeyrailError `invalid_scopes` for a resource named like a member of every object, such as
 * `constructor`; `invalid_text` for a scope that is not a string, `invalid_rows`
 *
 * @example
 * ```ts
 * scopesToPermissions(["files:read", "admin"]); // { files: ["read"] }
 * ```
 */
export function scopesToPermissions(scopes: readonly string[]): Permissions {
  const permissions: Permissions = {};
  for (const scope of requireRows(scopes, "the scopes")) {
    const pair = permissionOf(scope);
    if (pair === undefined) continue;
    const [resource, action] = pair;
    if (Object.hasOwn(permissions, resource)) {
      permissions[resource]?.push(action);
    } else if (resource in permissions) {
      // A plain object cannot hold it safely. The words are those that callers of the original know.
      throw new KeyrailError("invalid_scopes", "perms[resource].push is not a function");
    } else {
      permissions[resource] = [action];
    }
  }
  return permissions;
}

/**
 * The scopes in a JSON text of permissions. Never throws: what is not such a text gives none, and
 * what is not a list of strings is left out.
 *
 * @example
 * ```ts
 * parseScopes('{"files":["read",1]}'); // ["files:read"]
 * parseScopes("{"); // []
 * ```
 */
export function parseScopes(permissions: string | null | undefined): string[] {
  const parsed = parseJson(permissions);
  if (typeof parsed !== "object" || parsed === null) return [];
  const scopes: string[] = [];
  for (const [resource, actions] of Object.entries(parsed)) {
    // As a key of a plain object this name would set the prototype; it never was a resource.
    if (resource === "__proto__" || !Array.isArray(actions)) continue;
    for (const action of actions) if (typeof action === "string") scopes.push(scopeOf(resource, action));
  }
  return scopes;
}

/**
 * The caps in a JSON text of metadata. Never throws: what is not such a text names none.
 *
 * Values are coerced as `Number()` does, so that `null` and `""` are 0: a cap of nothing, and after
 * rounding to 1…100 a share of 1.
 *
 * @example
 * ```ts
 * parseKeyMeta('{"creditLimit":250,"rateLimitSharePct":33.4}'); // { creditLimit: 250, rateLimitSharePct: 33 }
 * parseKeyMeta("{}"); // { creditLimit: null, rateLimitSharePct: null }
 * ```
 */
export function parseKeyMeta(metadata: string | null | undefined): KeyMeta {
  const parsed = parseJson(metadata) as { creditLimit?: unknown; rateLimitSharePct?: unknown } | null | undefined;
  return {
    creditLimit: orNull(engine.metadataCreditLimit(coerced(parsed?.creditLimit))),
    rateLimitSharePct: orNull(engine.metadataRateShare(coerced(parsed?.rateLimitSharePct))),
  };
}

/**
 * A key's metadata as an object, from an object, its JSON, or the JSON of its JSON; else null.
 *
 * @example
 * ```ts
 * parseApiKeyMetadata('"{\\"parentKeyId\\":\\"k1\\"}"'); // { parentKeyId: "k1" }
 * parseApiKeyMetadata("nope"); // null
 * ```
 */
export function parseApiKeyMetadata(raw: unknown): Record<string, unknown> | null {
  const once = typeof raw === "string" ? parseJson(raw) : raw;
  const twice = typeof once === "string" ? parseJson(once) : once;
  return typeof twice === "object" && twice !== null && !Array.isArray(twice)
    ? (twice as Record<string, unknown>)
    : null;
}

function parseJson(text: string | null | undefined): unknown {
  try {
    return typeof text === "string" ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

function coerced(value: unknown): number {
  try {
    return Number(value);
  } catch {
    // An object whose own `valueOf` and `toString` are data.
    return Number.NaN;
  }
}

function scopeOf(resource: string, action: string): string {
  requireText(action, "an action");
  const read = resource.length + action.length;
  flat.reserve(1, 2 * read + 1);
  writeText(flat.text, writeText(flat.text, 0, resource), action);
  const length = flat.calls.scopeOfPermission(resource.length, action.length);
  flat.reserve(1, read + length);
  return readText(flat.text, read, length);
}

function permissionOf(scope: string): [resource: string, action: string] | undefined {
  requireText(scope, "a scope");
  flat.reserve(2, scope.length);
  writeText(flat.text, 0, scope);
  if (flat.calls.permission(scope.length) !== 1) return undefined;
  flat.reserve(2, 0);
  const [resource, action] = flat.words as unknown as [number, number];
  return [scope.slice(0, resource), scope.slice(resource + 1, resource + 1 + action)];
}
