/** The engine on Node: for each function the build of the core that serves it best. */
import { base64 } from "../generated/keyrail.inlined.js";
import { bytesOfBase64 } from "./base64.js";
import { nativeEngine } from "./native.js";
import { addon, forced } from "./node-choice.js";
import type { Engine, EngineName } from "./types.js";
import { wasmEngine } from "./wasm.js";

/** Who serves what when both builds are there. `cargo xtask bench` prints the times of both. */
function mixed(native: Engine, wasm: Engine): Engine {
  return {
    // Short calls: a crossing into WebAssembly costs a few ns, into the addon ten times as much.
    flat: wasm.flat,
    // Long calls over many rows: the addon's code is faster, and one crossing does not count.
    bulk: native.flat,
    // The addon's SHA-256 uses the processor's instructions.
    hashKey: native.hashKey,
    newKey: native.newKey,
    // Numbers in, a number out: nothing but a crossing.
    metadataCreditLimit: wasm.metadataCreditLimit,
    metadataRateShare: wasm.metadataRateShare,
    // Many short calls over memory that is written in place.
    ledger: wasm.ledger,
    recover: wasm.recover,
  };
}

function choose(): Engine {
  if (addon !== undefined && forced === "native") return nativeEngine(addon);
  // Not read from a file: a server that is bundled has none beside it.
  const wasm = wasmEngine(bytesOfBase64(base64));
  return addon === undefined ? wasm : mixed(nativeEngine(addon), wasm);
}

/** The core. */
export const engine: Engine = choose();
/** Which build of the core serves: `native` where the addon is in use, `wasm` where it is not. */
export const engineName: EngineName = addon === undefined ? "wasm" : "native";
