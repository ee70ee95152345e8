/** Which builds of the core Node, Bun and Deno may use: both, or the one that `KEYRAIL_ENGINE` forces. */
import { KeyrailError } from "../errors.js";
import type { Addon } from "./addon.js";
import { loadAddon } from "./node-addon.js";
import type { EngineName } from "./types.js";

/** What the environment says; nothing where it may not be read, as in Deno without `--allow-env`. */
function fromEnvironment(): string | undefined {
  try {
    return process.env["KEYRAIL_ENGINE"];
  } catch {
    return undefined;
  }
}

/** The engine that the environment forces. */
function forcedEngine(): EngineName | undefined {
  const forced = fromEnvironment();
  if (forced === undefined || forced === "") return undefined;
  if (forced === "native" || forced === "wasm") return forced;
  throw new KeyrailError("unknown_engine", `KEYRAIL_ENGINE is "${forced}"; set it to native or wasm, or unset it`);
}

function usableAddon(): Addon | undefined {
  if (forced === "wasm") return undefined;
  if (forced === "native") return loadAddon();
  try {
    return loadAddon();
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
