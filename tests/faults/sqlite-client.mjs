// Another program at a SQLite file: a process of its own, since two SQLites in one would share no locks.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const OWN_FILE = fileURLToPath(import.meta.url);

/** Opens a file in another process; `exec` runs statements there, one after another. */
export async function sqliteClient(path) {
  const child = fork(OWN_FILE, [path]);
  await once(child, "message");
  const exec = async (sql) => {
    child.send(sql);
    const [fault] = await once(child, "message");
    if (fault !== "done") throw new Error(fault);
  };
  const end = async () => {
    child.disconnect();
    await once(child, "exit");
  };
  return { exec, end };
}

if (process.argv[1] === OWN_FILE) {
  const { default: Database } = await import("libsql");
  const database = new Database(process.argv[2]);
  database.exec("PRAGMA busy_timeout = 5000");
  process.on("message", (sql) => {
    try {
      database.exec(sql);
      process.send("done");
    } catch (fault) {
      process.send(fault.message);
    }
  });
  process.send("ready");
}
