// SHA-256 of a secret to hex, against what Node has and against the JavaScript that pages use.
import * as crypto from "node:crypto";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { onEachEngine } from "./engines.mjs";
import { Report, sameAnswer, speedAtLeast, timeAtMost } from "./harness.mjs";
import { calls } from "./rounds.mjs";

/** The one-shot hash is there from Node 20.12 and 21.7 on. */
const oneShot = crypto.hash && ((secret) => crypto.hash("sha256", secret, "hex"));

const peers = (engine) => [
  ["crypto.hash", oneShot, engine === "Node" ? { gate: timeAtMost(1.2) } : {}],
  ["createHash", (secret) => crypto.createHash("sha256").update(secret).digest("hex"), {}],
  // Faster than it, with a margin that noise does not eat.
  ["@noble/hashes", (secret) => bytesToHex(sha256(utf8ToBytes(secret))), { gate: speedAtLeast(1.1) }],
];

await onEachEngine(import.meta.url, async (engine) => {
  const { generateKey, hashKey } = await import("../npm/keyrail/dist/index.js");
  const { key } = generateKey();
  const report = new Report(`hashKey of ${key.length} characters, ${engine}`);
  for (const [by, theirs, judged] of peers(engine)) {
    if (theirs === undefined) {
      report.note(`this Node has no ${by}`);
      continue;
    }
    sameAnswer(by, hashKey(key), theirs(key));
    await report.versus(`against ${by}`, {
      by,
      ours: calls(() => hashKey(key)),
      theirs: calls(() => theirs(key)),
      ...judged,
    });
  }
});
