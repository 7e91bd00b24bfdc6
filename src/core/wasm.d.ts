declare module "*.wasm" {
  /** Text in the default entry, gzip in base64, a WebAssembly.Module in the edge entries: the bundler decides. */
  const core: unknown;
  export default core;
}
