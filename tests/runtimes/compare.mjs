// Comparing what runtimes answered, byte for byte.

/** The bytes that count. */
export const bytesOf = ({ results }) => JSON.stringify(results);

const shown = (text) => (text === undefined ? "no such answer" : text.length > 400 ? `${text.slice(0, 400)}…` : text);

/** What the first answer is in which two results differ, in words; nothing when their bytes are the same. */
export const firstDifference = (left, right) => {
  if (bytesOf(left) === bytesOf(right)) return undefined;
  const names = [...new Set([...Object.keys(left.results), ...Object.keys(right.results)])];
  const name = names.find((one) => left.results[one] !== right.results[one]);
  if (name === undefined) return "the answers are the same, but in another order";
  return `${name}: ${shown(left.results[name])} against ${shown(right.results[name])}`;
};
