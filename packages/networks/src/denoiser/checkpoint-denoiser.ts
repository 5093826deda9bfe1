import {
  type Aval,
  defined,
  type Denoiser,
  type DenoiserFactory,
  formatAval,
  type Graph,
  type HostTensor,
  type NetworkConvention,
  networkDenoiser,
  type NetworkLevel,
  paddedShape,
  type SizedNetwork,
  type Tensor,
  tilingOf,
  trace,
} from "@leader/core";
import type { Network } from "../architectures/architecture.js";
import type { LoadedWeights, WeightSource } from "../checkpoint/load-network.js";
import { errors } from "../error-codes.js";

/** A label, and how far the prediction is pushed towards it. */
export interface Guidance {
  /** One row for every image, or one for all: 1 at the class. Absent: no label. */
  readonly labels?: readonly number[];
  /** epsilon = epsilon_without + scale (epsilon_with - epsilon_without); 1 evaluates the network once. */
  readonly scale: number;
  /** The class that stands for none; absent: no label at all. */
  readonly nullLabel?: number;
}

export interface CheckpointDenoiserOptions extends NetworkConvention {
  readonly name: string;
  readonly network: Network;
  readonly weights: LoadedWeights;
  readonly guidance: Guidance;
  readonly padTo: number | "auto";
  /** The network sees the picture in overlapping tiles: of this side, of one chosen for large pictures, or never. */
  readonly tiles: number | "auto" | "off";
}

/**
 * A denoiser from a network and its weights. It is built once per image type; `denoise` emits it as one `Function` node for every
 * evaluation: one, or two with guidance. Graphs of different sizes share the memory of the weights.
 * @throws (from `at`) CHECKPOINT_OPTION for images that do not fit.
 */
export function checkpointDenoiser(options: CheckpointDenoiserOptions): DenoiserFactory {
  const bodies = new Map<string, Graph>();
  return { schedule: options.schedule, at: (image, tile) => denoiserAt(options, image, bodies, tile) };
}

function denoiserAt(options: CheckpointDenoiserOptions, image: Aval, bodies: Map<string, Graph>, tile: number | undefined): Denoiser {
  checkImage(options, image);
  const { network, weights, guidance } = options;
  const tiling = tilingOf(image, undefined, options.tiles, tile);
  const [batch = 1, channels = 1] = image.shape;
  const seen = tiling === undefined ? image.shape : [batch, channels, tiling.rows.size, tiling.columns.size];
  const padded = paddedShape(seen, options.padTo === "auto" ? network.multiple : options.padTo);
  const key = padded.join("x");
  const body = bodies.get(key) ?? networkGraph(network, weights, padded);
  bodies.set(key, body);
  const evaluate: SizedNetwork["evaluate"] = (state, level, evaluations) => {
    const value = conditioning(network, level);
    const call = (labels: readonly number[]): Tensor =>
      state.trace.emit("Function", [state, value, ...labelOperand(network, state, labels)], { name: options.name, body, evaluations });
    const labelled = call(guidance.labels ?? []);
    if (guidance.scale === 1) return labelled;
    const without = call(guidance.nullLabel === undefined ? [] : [guidance.nullLabel]);
    const pushed = (plain: Tensor, towards: Tensor): Tensor => plain.add(towards.sub(plain).mul(guidance.scale));
    if (network.outputs === channels) return pushed(without, labelled);
    // What was learned of the variance is not pushed: it has bounds.
    const [predicted, learned] = [labelled.sliceAxis(1, 0, channels), labelled.sliceAxis(1, channels, network.outputs)];
    return pushed(without.sliceAxis(1, 0, channels), predicted).concat([learned], 1);
  };
  return networkDenoiser(options, image, { padded, tiling, evaluate });
}

/** The network for states of one shape, as a graph of (x, level, labels?). */
export function networkGraph(network: Network, weights: WeightSource, shape: readonly number[]): Graph {
  const inputs: Aval[] = [
    { shape, dtype: "float32" },
    { shape: [], dtype: "float32" },
  ];
  if (network.classes !== undefined) inputs.push({ shape: [shape[0]!, network.classes], dtype: "float32" });
  const names = ["x", network.conditioning, "labels"].slice(0, inputs.length);
  return trace(
    (...[x, level, labels]: readonly Tensor[]) => network.build(weights.in(x!), { x: x!, level: level!, ...defined({ labels }) }),
    inputs,
    names,
  );
}

const conditioning = (network: Network, level: NetworkLevel): Tensor => (network.conditioning === "sigma" ? level.sigma : level.timestep);

/** One-hot rows; without a label all zeros. */
function labelOperand({ classes }: Network, state: Tensor, labels: readonly number[]): readonly Tensor[] {
  if (classes === undefined) return [];
  const batch = state.shape[0]!;
  const data = new Float32Array(batch * classes);
  if (labels.length > 0) for (let i = 0; i < batch; i++) data[i * classes + labels[labels.length === 1 ? 0 : i]!] = 1;
  const value: HostTensor = { shape: [batch, classes], dtype: "float32", data };
  return [state.trace.constant(value)];
}

function checkImage({ name, network, padTo, guidance }: CheckpointDenoiserOptions, image: Aval): void {
  const fail = (problem: string, hint: string): never => {
    throw errors.CHECKPOINT_OPTION({ file: name, problem: `it does not take images ${formatAval(image)}: ${problem}`, hint });
  };
  const [batch, channels] = image.shape;
  if (image.shape.length !== 4 || image.dtype !== "float32")
    return fail("images are float32[N,C,H,W]", "give a picture, or an array with four axes");
  if (channels !== network.channels)
    fail(
      `the network has ${network.channels} channels`,
      network.channels === 1 ? "make the picture grey" : "make the picture RGB, without an alpha channel",
    );
  if (padTo !== "auto" && padTo % network.multiple !== 0)
    fail(`sides must be multiples of ${network.multiple}`, `leave \`padTo\` out, or make it a multiple of ${network.multiple}`);
  const labels = guidance.labels?.length ?? 1;
  if (labels !== 1 && labels !== batch) fail(`there are ${labels} labels`, `give one label, or one for each of the ${batch ?? 0} images`);
}
