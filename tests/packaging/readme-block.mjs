// The Express example of the README, as a program for either module system. See README.md here.

/** The first js block below the first heading that contains "Express". */
export const expressBlock = (readme) => {
  const below = readme.split(/^#{1,6} .*Express.*$/m)[1];
  if (below === undefined) throw new Error('the README has no heading with "Express"');
  const block = /^```js\n([\s\S]*?)^```$/m.exec(below)?.[1];
  if (block === undefined) throw new Error("no ```js block below the Express heading of the README");
  return block;
};

/** The method and path of the route that the block defines. */
export const routeOf = (block) => {
  const found = /^\s*app\.(get|post)\(\s*["'](\/[^"':]*)["']/m.exec(block);
  if (!found) throw new Error('the block defines no app.get("/…") or app.post("/…")');
  return { method: found[1].toUpperCase(), path: found[2] };
};

const DRIVER = `
const base = \`http://127.0.0.1:\${server.address().port}\`;
const call = async (headers) => {
  const response = await fetch(base + route.path, { method: route.method, headers });
  return { status: response.status, body: await response.text() };
};
const anonymous = await call({});
let answered = 0;
let refusal = await call({ authorization: "Bearer " + key });
while (refusal.status < 300 && answered < 10_000) {
  answered += 1;
  refusal = await call({ authorization: "Bearer " + key });
}
const [budget] = (await ak.budgets({ key })).slice(-1);
await new Promise((closed) => server.close(closed));
await ak.close();
process.stdout.write(JSON.stringify({ anonymous, answered, refusal, budget }));
`;

/** The block, listening on a free port, and then driven: it prints what the calls were answered. */
const driven = (block) => {
  const listening = block.replace(/\bapp\.listen\(\s*\d+/, "const server = app.listen(0");
  if (listening === block) throw new Error("the block does not call app.listen(<number>)");
  const ready = 'if (!server.listening) await new Promise((listening) => server.once("listening", listening));';
  return `${listening}\n${ready}\nconst route = ${JSON.stringify(routeOf(block))};\n${DRIVER}`;
};

/** The program as an ES module. */
export const asModule = (block) => driven(block);

/** The program as CommonJS. */
export const asCommonJs = (block) => {
  const body = driven(block)
    .replace(/^import \{([^}]*)\} from (["'][^"']+["']);?$/gm, (_, names, from) => {
      return `const {${names.replaceAll(/\bas\b/g, ":")}} = require(${from});`;
    })
    .replace(/^import (\w+) from (["'][^"']+["']);?$/gm, "const $1 = require($2);");
  if (/^import /m.test(body)) throw new Error("an import of the block has a shape that this test cannot turn around");
  return `(async () => {\n${body}\n})().catch((error) => {\n  console.error(error);\n  process.exit(1);\n});\n`;
};
