/** A `.wasm` file that the runtime, or the tool that bundles for it, compiles when it is imported. */
declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}

/** The same, asked for as Vercel's edge wants it. */
declare module "*.wasm?module" {
  const module: WebAssembly.Module;
  export default module;
}
