/** Which builds of the core Node, Bun and Deno may use: both, or the one that `KEYRAIL_ENGINE` forces. */
import { KeyrailError } from "../errors.js";
import type { Addon } from "./addon.js";
import { loadAddon } from "./node-addon.js";
import { isAllowed } from "./node-permissions.js";
import type { EngineName } from "./types.js";

const VARIABLE = "KEYRAIL_ENGINE";

/** The engine that the environment forces. */
function forcedEngine(): EngineName | undefined {
  // An environment that may not be read forces nothing.
  const forced = isAllowed({ name: "env", variable: VARIABLE }) ? process.env[VARIABLE] : undefined;
  if (forced === undefined || forced === "") return undefined;
  if (forced === "native" || forced === "wasm") return forced;
  throw new KeyrailError("unknown_engine", `${VARIABLE} is "${forced}"; set it to native or wasm, or unset it`);
}

function usableAddon(): Addon | undefined {
  if (forced === "wasm") return undefined;
  if (forced === "native") return loadAddon("ask");
  try {
    return loadAddon("never ask");
  } catch {
    // Every function exists in WebAssembly too, only slower in places. So it is where a runtime has no
    // addons or permits none, as Deno without `--allow-ffi`.
    return undefined;
  }
}

/** The engine that the environment forces, if any. */
export const forced: EngineName | undefined = forcedEngine();
/** The addon, unless WebAssembly is forced or it does not load. */
export const addon: Addon | undefined = usableAddon();
