/** `@leader/backend-onnx`: runs graphs with onnxruntime-node. */
export { default } from "./plugin.js";
export { createOnnxBackend } from "./backend.js";
export type { OnnxBackendOptions } from "./backend.js";
export type { ProviderName } from "./options.js";
