// The values of the recorded cases: data/README.md describes the format. Runs in every runtime.

const special = {
  $undefined: () => undefined,
  $num: (text) => Number(text),
  $date: (text) => new Date(text),
};

/** A recorded value with what JSON lacks put back. */
export const decode = (value) => {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(decode);
  const keys = Object.keys(value);
  const revive = keys.length === 1 && Object.hasOwn(special, keys[0]) ? special[keys[0]] : undefined;
  if (revive !== undefined) return revive(value[keys[0]]);
  const decoded = {};
  // `__proto__` may be a key of its own.
  for (const key of keys)
    Object.defineProperty(decoded, key, {
      value: decode(value[key]),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  return decoded;
};
