import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { KeptHalves, Tfjs, TfTensor } from "../tfjs.js";
import { pairsOf } from "./half-weights.js";
import { importOptional } from "./import-optional.js";
import type { Registered } from "./registered.js";

/** The part of WebGPU that is needed to find an adapter. */
interface Gpu {
  requestAdapter(): Promise<{ readonly info?: AdapterInfo; readonly isFallbackAdapter?: boolean } | null>;
}
interface AdapterInfo {
  readonly vendor?: string;
  readonly architecture?: string;
  readonly description?: string;
}
interface Dawn {
  create(options: readonly string[]): Gpu;
  readonly globals: object;
}

/** This process's own WebGPU, once it has one. */
let provided: Gpu | undefined;

/** WebGPU through Dawn (the package `webgpu`), which also Chromium uses. */
export async function registerWebgpu(tf: Tfjs): Promise<Registered> {
  const adapter = await (await providedGpu()).requestAdapter();
  if (adapter === null) throw new Error("no adapter: there is no driver for Vulkan, Metal or Direct3D 12 that Dawn can use");
  await import("@tensorflow/tfjs-backend-webgpu");
  return {
    backend: "webgpu",
    description: `webgpu on ${describeAdapter(adapter.info)}`,
    traits: {
      fourier: false,
      batchedProducts: true,
      scalesFilters: false,
      halfWeights: { gains: true, keep: (bits, shape) => keepHalves(tf, bits, shape) },
      sharesMemory: false,
    },
  };
}

/** What a program of the WebGPU backend is to it: WGSL for one invocation per element of the result. */
interface ShaderProgram {
  readonly variableNames: readonly string[];
  readonly shaderKey: string;
  readonly workgroupSize: readonly [number, number, number];
  readonly outputShape: readonly number[];
  readonly dispatchLayout: { readonly x: readonly number[] };
  dispatch: readonly [number, number, number];
  readonly size: boolean;
  getUserCode(): string;
}
interface ShaderRunner {
  runWebGPUProgram(program: ShaderProgram, inputs: readonly TfTensor[], dtype: "float32"): TensorInfo;
}

const isShaderRunner = (backend: unknown): backend is ShaderRunner =>
  typeof backend === "object" && backend !== null && "runWebGPUProgram" in backend;

/** Sign, exponent and fraction move to their places in a float32; below 2^-14 the fraction is a number of steps of 2^-24. */
const expandShader = `
  fn main(index : i32) {
    if (index < uniforms.size) {
      let bits = (bitcast<u32>(A[index / 2]) >> (16u * u32(index % 2))) & 0xffffu;
      let normal = bitcast<f32>(((bits & 0x7fffu) << 13u) + 0x38000000u);
      let value = select(normal, f32(bits & 0x3ffu) * 5.9604644775390625e-8, (bits & 0x7c00u) == 0u);
      result[index] = select(value, -value, bits >= 0x8000u);
    }
  }`;
const invocations = 128;

function keepHalves(tf: Tfjs, bits: Uint16Array, shape: number[]): KeptHalves {
  const pairs = tf.tensor1d(pairsOf(bits), "int32");
  return {
    expand: () => tf.reshape(expandHalves(tf, pairs), shape),
    dispose: () => {
      pairs.dispose();
    },
  };
}

function expandHalves(tf: Tfjs, pairs: TfTensor): TfTensor {
  const size = 2 * pairs.size;
  const program: ShaderProgram = {
    variableNames: ["A"],
    shaderKey: "leader-expand-halves",
    workgroupSize: [invocations, 1, 1],
    outputShape: [size],
    dispatchLayout: { x: [0] },
    dispatch: [Math.ceil(size / invocations), 1, 1],
    size: true,
    getUserCode: () => expandShader,
  };
  const runner: unknown = tf.backend();
  if (!isShaderRunner(runner)) throw new Error("TensorFlow.js computes on another backend than webgpu");
  return tf.engine().makeTensorFromTensorInfo(runner.runWebGPUProgram(program, [pairs], "float32"));
}

/** TensorFlow.js looks for `navigator.gpu`, as in a browser. */
async function providedGpu(): Promise<Gpu> {
  if (provided !== undefined) return provided;
  const dawn = (await importOptional("webgpu")) as Dawn;
  Object.assign(globalThis, dawn.globals);
  const gpu = dawn.create(process.platform === "linux" ? ["backend=vulkan"] : []);
  Object.defineProperty(globalThis, "navigator", { value: { gpu, userAgent: "node" }, configurable: true, writable: true });
  provided = gpu;
  return gpu;
}

function describeAdapter(info: AdapterInfo | undefined): string {
  const parts = [info?.vendor, info?.description ?? info?.architecture].filter((part) => part !== undefined && part !== "");
  return parts.length === 0 ? "an adapter without a name" : parts.join(" ");
}

/** True if the description names a driver that computes on the processor. */
export const isSoftwareAdapter = (description: string): boolean => /llvmpipe|lavapipe|swiftshader|software/iu.test(description);
