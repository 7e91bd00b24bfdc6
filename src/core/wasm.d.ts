declare module "*.wasm" {
  /** Text in base64 in the default entry, a WebAssembly.Module in the edge entries: the bundler decides. */
  const core: unknown;
  export default core;
}
