declare module "*.wasm" {
  /** Bytes in the default entry, a WebAssembly.Module in the edge entries: the bundler decides. */
  const core: unknown;
  export default core;
}
