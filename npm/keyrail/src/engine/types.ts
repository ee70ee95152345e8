/** What the package asks of an engine: the Rust core, as an addon or as WebAssembly. */

/** The functions of `keyrail/keys`, which also exist as a module of their own. */
export interface KeysEngine {
  /** SHA-256 of the secret's UTF-8 bytes, 64 lowercase hex digits. */
  hashKey(secret: string): string;
}

/** Everything the core can do. */
export interface Engine extends KeysEngine {}

/** Which build of the core serves: the addon where it is at its best, or WebAssembly alone. */
export type EngineName = "native" | "wasm";
