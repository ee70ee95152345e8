// A page that loads `keyrail/keys` alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as keysModule from "keyrail/keys";
import { Answers } from "./answers.mjs";
import { askPage, missingChromium } from "./chromium.mjs";
import { firstDifference } from "./compare.mjs";
import { askKeyFunctions } from "./key-functions.mjs";

test("keyrail/keys alone answers in a page as on Node", { skip: missingChromium ?? false }, async (context) => {
  const { checks, results, startUpMs } = await askPage("./keys-page.mjs");
  const failed = checks.filter(({ ok }) => ok !== true);
  assert.deepEqual(failed, []);
  const onNode = new Answers();
  askKeyFunctions(onNode, keysModule, "keyrail/keys");
  assert.equal(firstDifference(onNode, { results }), undefined);
  context.diagnostic(`import and first call in ${startUpMs.toFixed(1)} ms`);
});
