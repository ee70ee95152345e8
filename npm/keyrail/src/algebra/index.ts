/** What a key may do, computed over its chain. Synchronous and pure. */
export { disabledAncestor, expiredAncestor } from "./ancestors.js";
export { clampChildGrant, effectiveCaps } from "./caps.js";
export { pooledHeadroom, topCappedPath } from "./headroom.js";
export {
  ancestorIdsOf,
  childPath,
  escapeLike,
  inSubtree,
  MAX_KEY_DEPTH,
  pathAt,
  pathDepth,
  subtreeLikePattern,
} from "./paths.js";
export {
  type KeyMeta,
  type Permissions,
  parseApiKeyMetadata,
  parseKeyMeta,
  parseScopes,
  permissionsToScopes,
  scopesToPermissions,
} from "./permissions.js";
export { hasScope, type ScopesValidation, validateScopes } from "./scopes.js";
export type { ChainNode, EffectiveCaps, Headroom, RequestedGrant, SpendRow } from "./types.js";
