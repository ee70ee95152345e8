/** The key functions over the whole core, so that a page that loads it needs no second module. */
import { engine } from "#engine";
import { bindKeys, type Keys } from "./bind.js";

export type { GeneratedKey, KeyFault, ParsedKey } from "./bind.js";
export { AGENTKEY, type KeyFormat, WORLDMONITOR } from "./format.js";

const keys = bindKeys(engine);

/**
 * A new random secret, its hash and the part that may be shown. Show the secret once.
 *
 * @param format the kind of secret, `AGENTKEY` unless given
 * @throws KeyrailError `invalid_format`, or `random_unavailable` where the runtime has no `crypto`
 *
 * @example
 * ```ts
 * const { key, keyHash, keyPrefix } = generateKey();
 * key.length; // 51
 * ```
 */
export const generateKey: Keys["generateKey"] = keys.generateKey;

/**
 * The hash of a secret: SHA-256 of its UTF-8 bytes, as 64 lowercase hex digits. Synchronous.
 *
 * @throws KeyrailError `invalid_text` for anything but a string
 *
 * @example
 * ```ts
 * hashKey("abc"); // "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
 * ```
 */
export const hashKey: Keys["hashKey"] = keys.hashKey;

/**
 * The part of a secret that may be shown to people.
 *
 * @throws KeyrailError `invalid_text` for anything but a string
 *
 * @example
 * ```ts
 * keyPrefix("wm_0123456789abcdef", WORLDMONITOR); // "wm_01234"
 * ```
 */
export const keyPrefix: Keys["keyPrefix"] = keys.keyPrefix;

/**
 * Whether a text, or anything else, has the form of a secret: no hash and no look-up, so that
 * nonsense is turned away before it costs anything. Says nothing about whether the secret exists.
 *
 * @returns the first fault of `empty`, `prefix`, `length`, `alphabet`, `checksum`
 * @throws KeyrailError `invalid_format` for a format that is none
 *
 * @example
 * ```ts
 * parseKey("sk_live_1", AGENTKEY); // { ok: false, reason: "prefix" }
 * ```
 */
export const parseKey: Keys["parseKey"] = keys.parseKey;

/**
 * Whether two texts are equal, in a time that tells nothing but their lengths.
 *
 * @throws KeyrailError `invalid_text` for anything but strings
 *
 * @example
 * ```ts
 * safeEqual(hashKey("a"), hashKey("a")); // true
 * ```
 */
export const safeEqual: Keys["safeEqual"] = keys.safeEqual;
