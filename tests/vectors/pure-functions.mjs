// How the recorded cases of the pure functions are asked of the package. Runs in every runtime.

const direct = [
  "ancestorIdsOf",
  "childPath",
  "clampChildGrant",
  "disabledAncestor",
  "effectiveCaps",
  "escapeLike",
  "expiredAncestor",
  "hasScope",
  "inSubtree",
  "parseApiKeyMetadata",
  "parseKeyMeta",
  "parseScopes",
  "pathAt",
  "pathDepth",
  "permissionsToScopes",
  "pooledHeadroom",
  "scopesToPermissions",
  "subtreeLikePattern",
  "topCappedPath",
  "validateScopes",
];

/** For each recorded file, how a case is asked, given the package, the recorded input and the order of its members. */
export const questions = {
  ...Object.fromEntries(
    direct.map((name) => [name, (keyrail, input, params) => keyrail[name](...params.map((param) => input[param]))]),
  ),
  expiryFromDuration: (keyrail, { dur, now }) => keyrail.expiryFromDuration(dur, Date.parse(now)),
  wm_isCanonicalUserApiKey: (keyrail, { key }) => keyrail.parseKey(key, keyrail.WORLDMONITOR).ok,
};

/** What asking gave: `{value}` or `{error}`. */
export const outcomeOf = (ask) => {
  try {
    return { value: ask() };
  } catch (error) {
    return { error };
  }
};

/** The recorded outcome of a case, `decoded` being how its values are read. */
export const recordedOutcome = ({ error, output }, decoded) =>
  error === undefined ? { value: decoded(output) } : { error };
