import assert from "node:assert/strict";
import { test } from "node:test";
import { asCommonJs, asModule, expressBlock, routeOf } from "./readme-block.mjs";

const BLOCK = `import express from "express";
import { AgentKey, memory as store } from "keyrail";
const app = express();
app.post("/work", (req, res) => res.end());
app.listen(3000);
`;

test("the first js block below the Express heading is taken", () => {
  const readme = `# A\n\`\`\`js\nno\n\`\`\`\n## With Express\ntext\n\`\`\`sh\nno\n\`\`\`\n\`\`\`js\n${BLOCK}\`\`\`\n\`\`\`js\nno\n\`\`\`\n`;
  assert.equal(expressBlock(readme), BLOCK);
  assert.throws(() => expressBlock("# A\n```js\nx\n```\n"), /no heading/);
  assert.throws(() => expressBlock("# Express\n```ts\nx\n```\n"), /no ```js block/);
});

test("the route, the port and the imports are found, or the test says what is missing", () => {
  assert.deepEqual(routeOf(BLOCK), { method: "POST", path: "/work" });
  assert.match(asModule(BLOCK), /const server = app\.listen\(0\);/);
  assert.match(asCommonJs(BLOCK), /const express = require\("express"\);/);
  assert.match(asCommonJs(BLOCK), /const \{ AgentKey, memory : store \} = require\("keyrail"\);/);
  assert.throws(() => routeOf("app.use(x)"), /defines no/);
  assert.throws(() => asModule(BLOCK.replace("3000", "port")), /app\.listen/);
  assert.throws(() => asCommonJs(`import * as x from "x";\n${BLOCK}`), /shape/);
});
