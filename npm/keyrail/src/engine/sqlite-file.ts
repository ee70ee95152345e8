/** A SQLite file as the addon opens one. */

/** Calls of the store contract, each a JSON text in and one out. */
export interface SqliteFile {
  /** Begins the call of this name; `null` if there is none. */
  call(operation: string, text: string): Promise<string> | null;
  /** Closes the file when the calls under way are done. */
  close(): Promise<string>;
}

/** The addon's part for SQLite. */
export interface SqliteAddon {
  readonly SqliteFile: new (path: string, isFull: boolean) => SqliteFile;
  /** The statements that make the tables. */
  sqliteStatements(): string[];
}
