/** A SQLite file as the addon opens one. */

/** Calls of the store contract. Each gives a JSON text. */
export interface SqliteFile {
  /** Begins the call of this name with a JSON text; `null` if there is none. */
  call(operation: string, text: string): Promise<string> | null;
  /** Begins commits: the first `length` numbers, and texts as a JSON list. Both are copied at once. */
  commit(numbers: Float64Array, length: number, texts: string): Promise<string>;
  /** Closes the file when the calls under way are done. */
  close(): Promise<string>;
}

/** The addon's part for SQLite. */
export interface SqliteAddon {
  readonly SqliteFile: new (path: string, isFull: boolean) => SqliteFile;
  /** The statements that make the tables. */
  sqliteStatements(): string[];
}
