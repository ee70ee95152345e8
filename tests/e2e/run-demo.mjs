// Runs a demo as `cargo xtask demo` does, and sees to it that it ends 0.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** What the demo of this file, named from `examples/demo/`, printed. */
export async function runDemo(file) {
  const path = fileURLToPath(new URL(`../../examples/demo/${file}`, import.meta.url));
  const demo = spawn(process.execPath, [path], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  demo.stdout.setEncoding("utf8").on("data", (part) => {
    text += part;
  });
  const [code] = await once(demo, "close");
  assert.equal(code, 0, text);
  return text;
}
