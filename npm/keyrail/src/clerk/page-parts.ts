/** In place of the parts that hold machine secrets where a page is built: nothing of them is in its bundle. */
import { KeyrailError } from "../errors.js";

/**
 * Never gives an environment.
 *
 * @throws {KeyrailError} `server_only`
 */
export function loadClerkEnv(): never {
  throw refused("loadClerkEnv");
}

/**
 * Never makes anything.
 *
 * @throws {KeyrailError} `server_only`
 */
export function createM2M(): never {
  throw refused("createM2M");
}

function refused(name: string): KeyrailError {
  const message = `${name} handles machine secrets and was built for a page; call it on a server, and let that one's bundler resolve the condition "worker" if it resolves "browser"`;
  return new KeyrailError("server_only", message);
}
