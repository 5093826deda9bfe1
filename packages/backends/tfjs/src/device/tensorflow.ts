import { createRequire } from "node:module";
import { firstLine, type KeptHalves, type Tfjs, type TfTensor } from "../tfjs.js";
import { pairsOf } from "./half-weights.js";
import { importOptional } from "./import-optional.js";
import type { Registered } from "./registered.js";
import { isRecord } from "@leader/graph";

/** What the bindings' packages offer beside the operations. */
interface NodeBackend {
  readonly isGPUPackage: boolean;
  readonly isUsingGpuDevice: boolean;
  readonly binding: Binding;
  getInputTensorIds(tensors: readonly TfTensor[]): readonly number[];
  createOutputTensor(output: OutputTensor): TfTensor;
}

const isNodeBackend = (backend: unknown): backend is NodeBackend =>
  typeof backend === "object" && backend !== null && "binding" in backend && "getInputTensorIds" in backend;

/** TensorFlow's operations, with the attributes and the tensor numbers of the binding. */
interface Binding {
  readonly TF_Version: string;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_INT32: number;
  readonly TF_FLOAT: number;
  executeOp(name: string, attributes: readonly Attribute[], inputs: readonly number[], outputs: number): readonly OutputTensor[];
  deleteTensor(id: number): void;
}
interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: number | boolean;
}
interface OutputTensor {
  readonly id: number;
}

/** DT_HALF of TensorFlow's types.proto, which tfjs-node does not name. */
const halfType = 19;

const gpuPackage = "@tensorflow/tfjs-node-gpu";
const packages = ["@tensorflow/tfjs-node", gpuPackage] as const;

/** TensorFlow's C library through its Node binding; both packages register the same backend, and only one can be loaded. */
export async function registerTensorflow(tf: Tfjs, gpu: boolean): Promise<Registered> {
  restoreNodeUtilities();
  setEnvironment();
  const name = await loadFirst(gpu ? [gpuPackage] : packages);
  const backend: unknown = tf.findBackend("tensorflow");
  if (!isNodeBackend(backend)) throw new Error(`${name} did not register with this copy of @tensorflow/tfjs-core`);
  if (gpu && !backend.isUsingGpuDevice)
    throw new Error(`${name} found no CUDA device (it needs CUDA 11.2 and cuDNN 8.1), and would compute on the processor`);
  const device = backend.isUsingGpuDevice ? "GPU" : "processor";
  return {
    backend: "tensorflow",
    description: `tensorflow ${backend.binding.TF_Version} on the ${device} (${name})`,
    traits: {
      fourier: true,
      batchedProducts: true,
      scalesFilters: true,
      halfWeights: { gains: true, keep: (bits, shape) => keepHalves(tf, backend, bits, shape) },
      sharesMemory: !backend.isUsingGpuDevice,
    },
  };
}

/** In a tensor of halves, which the binding can hold and tfjs-node cannot. */
function keepHalves(tf: Tfjs, backend: NodeBackend, bits: Uint16Array, shape: number[]): KeptHalves {
  const { binding } = backend;
  const type = (name: string, value: number): Attribute => ({ name, type: binding.TF_ATTR_TYPE, value });
  const run = (name: string, attributes: readonly Attribute[], inputs: readonly number[]): OutputTensor =>
    binding.executeOp(name, attributes, inputs, 1)[0]!;
  const [flat, sizes] = [tf.tensor1d(pairsOf(bits), "int32"), tf.tensor1d(shape, "int32")];
  const [pairs, target] = backend.getInputTensorIds([flat, sizes]);
  const halves = run("Bitcast", [type("T", binding.TF_INT32), type("type", halfType)], [pairs!]);
  const shaped = run("Reshape", [type("T", halfType), type("Tshape", binding.TF_INT32)], [halves.id, target!]);
  binding.deleteTensor(halves.id);
  flat.dispose();
  sizes.dispose();
  const truncate = { name: "Truncate", type: binding.TF_ATTR_BOOL, value: false };
  const attributes = [type("SrcT", halfType), type("DstT", binding.TF_FLOAT), truncate];
  return {
    expand: () => backend.createOutputTensor(run("Cast", attributes, [shaped.id])),
    dispose: () => {
      binding.deleteTensor(shaped.id);
    },
  };
}

async function loadFirst(names: readonly string[]): Promise<string> {
  const reasons: string[] = [];
  for (const name of names) {
    try {
      await importOptional(name);
      return name;
    } catch (error) {
      reasons.push(explain(firstLine(error), name));
    }
  }
  throw new Error(reasons.join("; "));
}

const explain = (message: string, name: string): string =>
  message.includes("tfjs_binding.node") ? `${name} is installed without its native binding` : message;

/** Functions that tfjs-node 4.22 calls: Node 22 warns of them, Node 24 has only one of them left (tensorflow/tfjs#8425). */
function restoreNodeUtilities(): void {
  const util: unknown = createRequire(import.meta.url)("node:util");
  const isNullOrUndefined = (value: unknown): boolean => value === null || value === undefined;
  if (isRecord(util)) Object.assign(util, { isNullOrUndefined, isArray: Array.isArray });
}

/** What TensorFlow's library reads from the environment when it is loaded; what the user has set stays. */
function setEnvironment(): void {
  // Memory of one operation serves the next, instead of going back to the system and coming anew page by page.
  process.env["TF_CPU_ALLOCATOR_USE_BFC"] ??= "1";
  // Notes about processors and rounding, printed by every process.
  process.env["TF_CPP_MIN_LOG_LEVEL"] ??= "2";
}
