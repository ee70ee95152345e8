/** What secrets look like. */

/** A kind of secret. */
export interface KeyFormat {
  /** What every secret of the kind begins with. */
  prefix: string;
  /** `hex`: random bytes in lowercase hex. `base62-crc32`: 30 random characters and their CRC-32. */
  format: "hex" | "base62-crc32";
  /** How many random bytes `hex` writes; `base62-crc32` always has 178 random bits. */
  bytes: number;
  /** How many characters, from the first on, may be shown to people. */
  displayLength: number;
}

/** `ak_` and 48 hex digits; `ak_` and eight of them are shown. */
export const AGENTKEY: Readonly<KeyFormat> = Object.freeze({
  prefix: "ak_",
  format: "hex",
  bytes: 24,
  displayLength: 11,
});

/** `wm_` and 40 hex digits; the first eight characters are shown. */
export const WORLDMONITOR: Readonly<KeyFormat> = Object.freeze({
  prefix: "wm_",
  format: "hex",
  bytes: 20,
  displayLength: 8,
});
