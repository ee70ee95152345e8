/** Modules that come from outside the sandbox in which the package runs. */

/**
 * The same module as one of this realm. Next compiles outside the sandbox of its edge functions, and the
 * glue would take what is no `WebAssembly.Module` here for bytes.
 */
export function ofOwnRealm(module: WebAssembly.Module): WebAssembly.Module {
  return Object.setPrototypeOf(module, WebAssembly.Module.prototype);
}
