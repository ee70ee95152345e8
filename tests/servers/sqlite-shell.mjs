// Somebody else at a SQLite file, in a process of his own: two SQLites in one process would undo each other's locks.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

let program;

/** `crates/keyrail-sqlite/examples/sql.rs`; cargo says where it put it. */
function built() {
  const args = ["build", "--quiet", "--locked", "--package", "keyrail-sqlite", "--example", "sql"];
  const options = { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 1 << 26 };
  const { stdout, status } = spawnSync("cargo", [...args, "--message-format=json"], options);
  if (status !== 0) throw new Error("the SQL program does not build");
  const messages = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  return messages.find(({ target, executable }) => target?.name === "sql" && executable).executable;
}

/** A connection to a file, one statement at a time. */
export class SqliteShell {
  #child;
  #lines;

  constructor(path) {
    program ??= built();
    this.#child = spawn(program, [path], { stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface(this.#child.stdout);
  }

  /** The rows of a statement. */
  async rows(sql) {
    this.#child.stdin.write(`${sql.replaceAll("\n", " ")}\n`);
    const [line] = await once(this.#lines, "line");
    const { rows, error } = JSON.parse(line);
    if (error !== undefined) throw new Error(error);
    return rows;
  }

  async close() {
    this.#child.stdin.end();
    await once(this.#child, "exit");
  }
}
