/** The build of onnxruntime-web that fits this runtime: see "imports" in package.json. */
declare module "#ort";
