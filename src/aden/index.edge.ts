/** `wayward/aden` where onnxruntime-web cannot start: serving a trained network, not training one. */
export { AdenForward, createAdenForward } from "./forward.js";
export type { Architecture } from "./parameters.js";
