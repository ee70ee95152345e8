// Runs a block of code as a file of a stranger's program.
import { createRequire } from "node:module";
import typescript from "typescript";

const nodeRequire = createRequire(import.meta.url);
const COMPILER = { module: "CommonJS", target: "ES2022", esModuleInterop: true };

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

/** Plays with variables of the environment that are gone afterwards. */
export function withEnvironment(variables, play) {
  const before = Object.keys(variables).map((name) => [name, process.env[name]]);
  Object.assign(process.env, variables);
  try {
    return play();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}
