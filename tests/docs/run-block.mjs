// Runs a block of code as a file of a stranger's program.
import { createRequire } from "node:module";
import typescript from "typescript";

const nodeRequire = createRequire(import.meta.url);
const COMPILER = { module: "CommonJS", target: "ES2022", esModuleInterop: true };
const AsyncFunction = (async () => {}).constructor;

/**
 * What a block exports, with its own `app` and `ak` where it has them.
 *
 * @param text TypeScript or JavaScript
 * @param given modules by the name under which the block imports them, in place of the installed ones
 */
export function runBlock(text, given = {}) {
  const modules = { express: nodeRequire("express5"), ...given };
  const require = (name) => modules[name] ?? nodeRequire(name);
  const { outputText } = typescript.transpileModule(text, { compilerOptions: COMPILER });
  const own = ["app", "ak"].map((name) => `${name}: typeof ${name} === "undefined" ? undefined : ${name}`);
  const exports = {};
  return { exports, ...Function("require", "exports", `${outputText}; return { ${own} };`)(require, exports) };
}

/**
 * Runs a block that goes on where another ended.
 *
 * @param scope values by the names that the block finds them under
 * @param names of what it declares, to be given back
 */
export function continueBlock(text, scope, names = []) {
  const all = { require: nodeRequire, exports: {}, ...scope };
  const { outputText } = typescript.transpileModule(text, { compilerOptions: COMPILER });
  return new AsyncFunction(...Object.keys(all), `${outputText}; return { ${names} };`)(...Object.values(all));
}

/** Sets variables of the environment for as long as a test runs. */
export function setEnvironment(t, variables) {
  const before = Object.keys(variables).map((name) => [name, process.env[name]]);
  Object.assign(process.env, variables);
  t.after(() => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
}
