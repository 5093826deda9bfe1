/** `@leader/backend-tfjs`: runs graphs with TensorFlow.js. */
export { default } from "./plugin.js";
export { createTfjsBackend } from "./backend.js";
export type { TfjsBackendOptions } from "./backend.js";
export type { DeviceName } from "./device/device.js";
