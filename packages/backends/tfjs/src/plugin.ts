import { definePlugin, defineStage } from "@leader/core";
import { createTfjsBackend } from "./backend.js";
import type { DeviceName } from "./device/device.js";
import { acceleratorOptions, autoOptions, plainOptions } from "./options.js";

const reference = "https://www.tensorflow.org/js/guide/platform_environment";

/** A stage for a device that is always there. */
const plain = (device: DeviceName, summary: string) =>
  defineStage({
    kind: "backend",
    summary,
    reference,
    options: plainOptions,
    create: (options, environment) => createTfjsBackend({ ...options, prefer: [device] }, environment),
  });

/** A stage for a device that needs other packages, drivers or hardware. */
const accelerator = (device: DeviceName, summary: string) =>
  defineStage({
    kind: "backend",
    summary,
    reference,
    options: acceleratorOptions,
    create: ({ allowFallback, ...options }, environment) =>
      createTfjsBackend({ ...options, prefer: allowFallback ? [device, "wasm"] : [device] }, environment),
  });

/** The plugin `@leader/backend-tfjs`: graphs run by TensorFlow.js. */
export default definePlugin({
  apiVersion: "1.0",
  name: "@leader/backend-tfjs",
  version: "0.1.0",
  stages: {
    cpu: plain("cpu", "TensorFlow.js in plain JavaScript: slow, for comparisons"),
    wasm: plain("wasm", "TensorFlow.js in WebAssembly"),
    tensorflow: accelerator("tensorflow", "TensorFlow's C library on the processor through tfjs-node"),
    "tensorflow-gpu": accelerator("tensorflow-gpu", "TensorFlow's C library on an NVIDIA GPU through tfjs-node-gpu"),
    webgpu: accelerator("webgpu", "TensorFlow.js on a GPU through WebGPU (Vulkan, Metal or Direct3D 12)"),
    auto: defineStage({
      kind: "backend",
      summary: "TensorFlow.js on the first device that works",
      reference,
      options: autoOptions,
      create: (options, environment) => createTfjsBackend(options, environment),
    }),
  },
});
