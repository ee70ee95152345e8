/** Rows as the addon gives them: metadata as text, so that its numbers come back as they were. */
import type { EntryRow, Ref, Stored } from "../../store/contract.js";

type EntryText = Omit<Stored<EntryRow>, "metadata"> & { readonly metadata: string | null };

/** A row as the addon gives it. */
export type RowText = Exclude<Stored, { kind: "entry" }> | EntryText;

/** A row of the contract. */
export function rowOf(text: RowText): Stored {
  if (text.kind !== "entry") return text;
  return { ...text, metadata: text.metadata === null ? null : JSON.parse(text.metadata) };
}

/** The members of a name that are numbers; the others are texts. */
const NUMBERS = new Set(["id", "tree", "node"]);

/** A name for the addon; one that no column can hold is nobody's. */
export function nameOf(ref: Ref): Ref | "nothing" {
  const parts = Object.entries("entry" in ref ? ref.entry : ref);
  return parts.every(([name, part]) => isStorable(name, part)) ? ref : "nothing";
}

function isStorable(name: string, part: unknown): boolean {
  return NUMBERS.has(name) ? Number.isSafeInteger(part) : typeof part === "string" && part.isWellFormed();
}
