import { createOnnxBackend } from "@leader/backend-onnx";
import { pullback, trace, type Graph } from "@leader/core";
import type { HostTensor } from "@leader/graph";
import {
  checkpointFromBytes,
  loadWeights,
  networkGraph,
  recognise,
  type ArchitectureSettings,
  type Checkpoint,
  type Network,
} from "@leader/networks";
import { sizeOf, type Arr, type StateDict } from "./restated/arrays.js";
import { safetensorsOf } from "./write-safetensors.js";

// Not optimised: to fold what follows from the weights takes longer than all the rest, and is no part of what is compared.
const backend = await createOnnxBackend(
  { prefer: ["cpu"], threads: 1, graphOptimization: "disabled", memoryArena: true, spinning: "never" },
  { warn: () => undefined },
);

export async function runGraph(graph: Graph, inputs: readonly HostTensor[]): Promise<readonly Float32Array[]> {
  await using executable = await backend.compile(graph);
  const uploaded = await Promise.all(inputs.map((input) => backend.upload(input)));
  const outputs = await executable.run(uploaded);
  return await Promise.all(outputs.map(async (output) => (await output.read()).data as Float32Array));
}

export const float32 = ({ shape, data }: Arr): HostTensor => ({ shape, dtype: "float32", data: Float32Array.from(data) });
export const scalar = (value: number): HostTensor => ({ shape: [], dtype: "float32", data: Float32Array.of(value) });

/** Root mean square of the difference over that of the expected values. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [difference, size] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    difference += (actual[i]! - expected[i]!) ** 2;
    size += expected[i]! ** 2;
  }
  return Math.sqrt(difference / size);
}

export interface Loaded {
  readonly network: Network;
  graph(shape: readonly number[]): Graph;
}

/** The network that the product makes of a state dict. */
export async function loaded(
  weights: StateDict,
  settings: ArchitectureSettings = {},
  extra: Partial<Pick<Checkpoint, "config" | "edm">> = {},
): Promise<Loaded> {
  const checkpoint = { ...(await checkpointFromBytes("weights.safetensors", safetensorsOf(weights.entries))), ...extra };
  const recognised = recognise(checkpoint, undefined, settings);
  const values = await loadWeights(checkpoint, recognised);
  return { network: recognised.network, graph: (shape) => networkGraph(recognised.network, values, shape) };
}

/** <J^T v, u> of the graph: the derivative along u of <v, output>. */
export async function derivative(graph: Graph, inputs: readonly HostTensor[], v: Arr, u: Arr): Promise<number> {
  const [x, ...rest] = graph.params;
  const slope = trace(
    (state, ...others) => {
      const [cotangent, ...fixed] = [others.at(-1)!, ...others.slice(0, -1)];
      const call = (at: typeof state) => at.trace.emit("Function", [at, ...fixed], { name: "network", body: graph, evaluations: 1 });
      return pullback(call(state), state, cotangent);
    },
    [x!.aval, ...rest.map((param) => param.aval), { shape: v.shape, dtype: "float32" }],
  );
  const [gradient] = await runGraph(slope, [...inputs, float32(v)]);
  return gradient!.reduce((sum, value, i) => sum + value * u.data[i]!, 0);
}

/** The same by central differences of a function in float64. */
export function difference(f: (x: Arr) => Arr, x: Arr, v: Arr, u: Arr): number {
  const step = 1e-5;
  const at = (sign: number): Arr => f({ shape: x.shape, data: x.data.map((value, i) => value + sign * step * u.data[i]!) });
  const [above, below] = [at(1), at(-1)];
  return v.data.reduce((sum, value, i) => sum + (value * (above.data[i]! - below.data[i]!)) / (2 * step), 0);
}

export const elements = sizeOf;
