/** The key functions over an engine: the whole core's, or that of the keys-only module. */
import type { KeysEngine } from "../engine/types.js";
import { KeyrailError } from "../errors.js";
import { requireText, writeText } from "../flat/text.js";
import { AGENTKEY, type KeyFormat } from "./format.js";

/** A new secret, and what of it may be kept. */
export interface GeneratedKey {
  /** The secret itself: show it once and forget it. */
  key: string;
  /** Its SHA-256 in hex, by which it is found again. */
  keyHash: string;
  /** The part that may be shown to people. */
  keyPrefix: string;
}

/** Why a text is no secret of a format; the first that holds, in this order. */
export type KeyFault = "empty" | "prefix" | "length" | "alphabet" | "checksum";

/** Whether a text has the form of a secret. */
export type ParsedKey = { ok: true } | { ok: false; reason: KeyFault };

/** The functions of `keyrail/keys`. */
export interface Keys {
  generateKey(format?: Readonly<KeyFormat>): GeneratedKey;
  hashKey(key: string): string;
  keyPrefix(key: string, format: Readonly<KeyFormat>): string;
  parseKey(key: unknown, format: Readonly<KeyFormat>): ParsedKey;
  safeEqual(a: string, b: string): boolean;
}

/** In the order of the numbers by which the core names them, from 1 on. */
const FAULTS: readonly KeyFault[] = ["empty", "prefix", "length", "alphabet", "checksum"];
/** What a key format may ask for at most. */
const BYTES_MAX = 1024;

/** The key functions over one engine. */
export function bindKeys(engine: KeysEngine): Keys {
  const { flat } = engine;

  function writeTwo(first: string, second: string): void {
    flat.reserve(1, first.length + second.length);
    writeText(flat.text, writeText(flat.text, 0, first), second);
  }

  function hashKey(key: string): string {
    requireText(key, "the key");
    return engine.hashKey(key);
  }

  function keyPrefix(key: string, format: Readonly<KeyFormat>): string {
    requireText(key, "the key");
    const displayLength = displayLengthOf(format);
    flat.reserve(1, key.length);
    writeText(flat.text, 0, key);
    return key.slice(0, flat.calls.displayEnd(key.length, displayLength));
  }

  function generateKey(format: Readonly<KeyFormat> = AGENTKEY): GeneratedKey {
    const bytes = bytesOf(format);
    const key = engine.newKey(wellFormed(format.prefix), bytes);
    if (key === undefined) {
      throw new KeyrailError(
        "random_unavailable",
        "no random bytes: `crypto.getRandomValues` is missing, or a Worker is outside a request",
      );
    }
    return { key, keyHash: hashKey(key), keyPrefix: keyPrefix(key, format) };
  }

  function parseKey(key: unknown, format: Readonly<KeyFormat>): ParsedKey {
    const bytes = bytesOf(format);
    requireText(format.prefix, "the prefix of the key format");
    // What is not a string has no characters at all.
    const text = typeof key === "string" ? key : "";
    writeTwo(format.prefix, text);
    const fault = FAULTS[flat.calls.parseKey(format.prefix.length, text.length, bytes) - 1];
    return fault === undefined ? { ok: true } : { ok: false, reason: fault };
  }

  function safeEqual(a: string, b: string): boolean {
    requireText(a, "the first text");
    requireText(b, "the second text");
    writeTwo(a, b);
    return flat.calls.safeEqual(a.length, b.length) === 1;
  }

  return { generateKey, hashKey, keyPrefix, parseKey, safeEqual };
}

/** A prefix must survive as UTF-8, else the hash would be that of another text. */
function wellFormed(prefix: string): string {
  requireText(prefix, "the prefix of the key format");
  if (prefix.isWellFormed()) return prefix;
  throw new KeyrailError(
    "invalid_format",
    "the prefix of the key format is not well-formed UTF-16; use plain characters",
  );
}

/** How the core is told the encoding: the bytes of hex, or 0 for base62. */
function bytesOf(of: Readonly<KeyFormat>): number {
  const { format, bytes } = of ?? {};
  if (format === "base62-crc32") return 0;
  if (format === "hex" && Number.isInteger(bytes) && bytes >= 1 && bytes <= BYTES_MAX) return bytes;
  throw new KeyrailError(
    "invalid_format",
    `a key format is "hex" with 1 to ${BYTES_MAX} whole bytes, or "base62-crc32"`,
  );
}

function displayLengthOf(of: Readonly<KeyFormat>): number {
  const { displayLength } = of ?? {};
  if (typeof displayLength === "number") return displayLength;
  throw new KeyrailError("invalid_format", "the displayLength of a key format is a number of characters");
}
