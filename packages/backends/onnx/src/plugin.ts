import { definePlugin, defineStage } from "@leader/core";
import { createOnnxBackend } from "./backend.js";
import { acceleratorOptions, autoOptions, cpuOptions, deviceOptions, type ProviderName } from "./options.js";

const reference = "https://onnxruntime.ai/docs/execution-providers/";

const wanted = (provider: ProviderName, allowFallback: boolean): readonly ProviderName[] =>
  allowFallback ? [provider, "cpu"] : [provider];

/** A stage for one accelerator that can be chosen by number. */
const device = (provider: ProviderName, summary: string) =>
  defineStage({
    kind: "backend",
    summary,
    reference,
    options: deviceOptions,
    create: ({ allowFallback, ...options }, environment) =>
      createOnnxBackend({ ...options, prefer: wanted(provider, allowFallback) }, environment),
  });

/** A stage for one accelerator that the system chooses. */
const accelerator = (provider: ProviderName, summary: string) =>
  defineStage({
    kind: "backend",
    summary,
    reference,
    options: acceleratorOptions,
    create: ({ allowFallback, ...options }, environment) =>
      createOnnxBackend({ ...options, prefer: wanted(provider, allowFallback) }, environment),
  });

/** The plugin `@leader/backend-onnx`: graphs run by onnxruntime-node. */
export default definePlugin({
  apiVersion: "1.0",
  name: "@leader/backend-onnx",
  version: "0.1.0",
  stages: {
    cpu: defineStage({
      kind: "backend",
      summary: "onnxruntime on the processor",
      reference,
      options: cpuOptions,
      create: (options, environment) => createOnnxBackend({ ...options, prefer: ["cpu"] }, environment),
    }),
    cuda: device("cuda", "onnxruntime on an NVIDIA GPU through CUDA"),
    tensorrt: device("tensorrt", "onnxruntime on an NVIDIA GPU through TensorRT"),
    directml: device("directml", "onnxruntime on a GPU through DirectML (Windows)"),
    webgpu: accelerator("webgpu", "onnxruntime on a GPU through WebGPU (Vulkan, Metal or Direct3D 12)"),
    coreml: accelerator("coreml", "onnxruntime through CoreML (macOS)"),
    auto: defineStage({
      kind: "backend",
      summary: "onnxruntime on the first execution provider that works",
      reference,
      options: autoOptions,
      create: ({ allowFallback, prefer, ...options }, environment) =>
        createOnnxBackend({ ...options, prefer: allowFallback ? [...prefer, "cpu"] : prefer }, environment),
    }),
  },
});
