// One text for one value, the same in every runtime: members sorted, and -0, NaN, the infinities,
// undefined, holes and dates apart from what JSON would make of them.

const textOfObject = (value) => {
  if (value instanceof Date) return `Date(${value.getTime()})`;
  if (Array.isArray(value)) {
    // Not map(), which skips holes.
    const items = Array.from({ length: value.length }, (_, index) =>
      index in value ? canonical(value[index]) : "hole",
    );
    return `[${items.join(",")}]`;
  }
  if (value instanceof Error)
    return `Error${canonical({ name: value.name, code: value.code, message: value.message })}`;
  const members = Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`);
  return `{${members.join(",")}}`;
};

/** The text of a value. Throws for what has no one text: functions, symbols. */
export const canonical = (value) => {
  if (value === null) return "null";
  switch (typeof value) {
    case "object":
      return textOfObject(value);
    case "string":
      // Lone surrogates come out escaped, so the text survives every transport.
      return JSON.stringify(value);
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    case "bigint":
      return `${value}n`;
    case "boolean":
    case "undefined":
      return String(value);
    default:
      throw new TypeError(`a ${typeof value} has no canonical text`);
  }
};
