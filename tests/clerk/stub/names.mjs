// Ids and secrets in the forms that Clerk gives them.
import { randomBytes } from "node:crypto";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Random letters and digits; which of them is a little likelier does not matter to a stub. */
const letters = (count) => Array.from(randomBytes(count), (byte) => LETTERS[byte % LETTERS.length]).join("");

export const newInstanceId = () => `ins_${letters(27)}`;
export const newInstanceKey = () => `sk_test_${letters(42)}`;
export const newMachineId = () => `mch_${letters(27)}`;
export const newMachineKey = () => `ak_${letters(43)}`;
export const newApiKeyId = () => `ak_${randomBytes(16).toString("hex")}`;
export const newApiKeySecret = () => `ak_${letters(43)}`;
export const newTokenId = () => `mt_${randomBytes(16).toString("hex")}`;
export const newToken = () => `mt_${letters(43)}`;
