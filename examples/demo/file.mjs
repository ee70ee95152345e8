// A folder for a database, for as long as a scene plays.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Plays with the path of a file that does not exist yet, and clears up after it. */
export async function withFile(play) {
  const folder = await mkdtemp(join(tmpdir(), "keyrail-demo-"));
  try {
    return await play(join(folder, "keys.db"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
