import {
  type Aval,
  defaultRematerialisation,
  type Denoiser,
  type DenoiserFactory,
  extents,
  formatAval,
  type Graph,
  type HostTensor,
  isLeaderError,
  type NetworkConvention,
  networkDenoiser,
  type NetworkLevel,
  paddedShape,
  roundWeights,
  type SizedNetwork,
  type Tensor,
  type Tiling,
  tilingOf,
} from "@leader/core";
import { defined, type StoredFile } from "@leader/graph";
import { inspectOnnx, readOnnx, type ExternalData, type OnnxSummary, type OnnxValueInfo, type ReadOptions } from "@leader/graph/onnx";
import { errors } from "../error-codes.js";
import { conditioningShape, networkInputs, type Conditioning, type InputOptions, type NetworkInputs } from "./network-inputs.js";
import { RecentlyUsed } from "./recently-used.js";

/** How a network file is fed and what it returns. */
export interface NetworkOptions extends Omit<NetworkConvention, "rematerialise" | "learnedRange"> {
  /** Default: by the number of weights. */
  readonly rematerialise?: NetworkConvention["rematerialise"] | undefined;
  /** Name of the file, for messages and for the node in the graph. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly externalData?: ExternalData;
  /** The file, where `bytes` are those of `leaveWeights`. */
  readonly self?: StoredFile;
  readonly warn?: (code: string, message: string) => void;
  readonly inputs: InputOptions;
  readonly constants: Readonly<Record<string, HostTensor>>;
  readonly output?: string | undefined;
  readonly learnedVariance: boolean | "auto";
  /** `auto`: images of a size that the network does not take are padded to the multiple that it takes. */
  readonly padTo: number | "auto";
  /** `float16`: weights are rounded to numbers of float16, as if the file had them so. */
  readonly weights: "file" | "float16";
  /** The network sees the picture in overlapping tiles: of this side, of one chosen for large pictures, or never. */
  readonly tiles: number | "auto" | "off";
}

/** Image types whose networks are kept: each may hold a copy of all weights. As many as a session keeps compiled. */
const keptBodies = 2;

/** A network specialised to one image type: a graph of (state, conditioning?) with one output. */
interface Body {
  readonly graph: Graph;
  /** Shape of the state that the network takes: the image's, or larger by a padding. */
  readonly padded: readonly number[];
  /** Params by role; the graph's order is the file's. */
  readonly roles: readonly ("x" | "conditioning")[];
}

/**
 * A denoiser from an ONNX file. The file is checked here and made into a graph once per image type; `denoise` emits it as one
 * `Function` node, which counts as one evaluation.
 * @throws NETWORK_INPUTS, NETWORK_OUTPUT and the reader's errors; NETWORK_IMAGE (from `at`) for images that do not fit.
 */
export function onnxNetwork(given: NetworkOptions): DenoiserFactory {
  const summary = inspectOnnx(given.bytes, given.name);
  const options = { ...given, learnedRange: true, rematerialise: given.rematerialise ?? defaultRematerialisation(summary.parameters) };
  const inputs = networkInputs(summary, options.inputs, new Set(Object.keys(options.constants)), options.name);
  const output = theOutput(summary, options);
  if (inputs.conditioning === undefined && options.inputs.as === undefined) {
    options.warn?.(
      "LEADER_NETWORK_UNCONDITIONAL",
      `${options.name} has no input for the noise level: if it was baked in when the file was exported (a timestep given as a Python number), the network denoises one level only; export it with the timestep as a tensor, or state \`inputs: { as: none }\` if the network needs none`,
    );
  }
  const bodies = new RecentlyUsed<Body>(keptBodies);
  const bodyFor = (image: Aval): Body => {
    const key = formatAval(image);
    return bodies.get(key, () => specialise(options, inputs, output, image));
  };
  return {
    schedule: options.schedule,
    at(image, tile) {
      const tiling = tilingOf(image, inputs.x.shape, options.tiles, tile);
      const seen =
        tiling === undefined ? image : { ...image, shape: [image.shape[0]!, image.shape[1]!, tiling.rows.size, tiling.columns.size] };
      return denoiserAt(options, inputs, image, bodyFor(seen), tiling);
    },
  };
}

function theOutput(summary: OnnxSummary, { name, output }: NetworkOptions): string {
  const names = summary.outputs.map((o) => o.name);
  const fail = (problem: string): never => {
    throw errors.NETWORK_OUTPUT({ file: name, problem, outputs: names });
  };
  if (output !== undefined) return names.includes(output) ? output : fail(`there is no output \`${output}\``);
  const images = summary.outputs.filter(({ shape }) => shape === undefined || shape.length === 4);
  return images.length === 1
    ? images[0]!.name
    : fail(images.length === 0 ? "no output is an image" : "more than one output can be the prediction");
}

function specialise(options: NetworkOptions, inputs: NetworkInputs, output: string, image: Aval): Body {
  checkImage(options, inputs, image);
  const read = (shape: readonly number[]): ReturnType<typeof readOnnx> =>
    readOnnx(options.bytes, readOptions(options, inputs, output, shape));
  const { imported, padded } = readPadded(options.padTo, image, read);
  const result = imported.outputs[0]!.aval;
  const channels = image.shape[1]!;
  const fits =
    result.shape.length === 4 && result.shape.every((n, axis) => (axis === 1 ? n === channels || n === 2 * channels : n === padded[axis]));
  if (!fits || result.dtype !== "float32")
    throw imageError(options, image, `its output is ${formatAval(result)}`, "check `output`, and the image's size and channels");
  checkVariance(options, output, result.shape[1]!, channels);
  return {
    graph: options.weights === "float16" ? roundWeights(imported.graph) : imported.graph,
    padded,
    roles: imported.inputs.map(({ name }) => (name === inputs.x.name ? "x" : "conditioning")),
  };
}

function readOptions(options: NetworkOptions, inputs: NetworkInputs, output: string, shape: readonly number[]): ReadOptions {
  const conditioning =
    inputs.conditioning === undefined ? {} : { [inputs.conditioning.input.name]: conditioningShape(inputs.conditioning.input, shape[0]!) };
  return {
    fileName: options.name,
    inputShapes: { [inputs.x.name]: shape, ...conditioning },
    outputs: [output],
    constants: Object.fromEntries(
      Object.entries(options.constants).map(([name, value]) => [name, filled(value, inputs.constants.get(name)!, shape[0]!)]),
    ),
    ...defined({ externalData: options.externalData, self: options.self }),
  };
}

/**
 * One number stands for all entries of its input, whose open sizes are the batch first and 1 behind; a list for an input of two axes, such as
 * a one-hot class, is the row of every image.
 */
function filled(value: HostTensor, input: OnnxValueInfo, batch: number): HostTensor {
  if (value.shape.length === 1 && input.shape?.length === 2) return rows(value, input, batch);
  if (value.shape.length > 0) return value;
  const shape = conditioningShape(input, batch);
  const size = shape.reduce((a, b) => a * b, 1);
  const data = value.data instanceof Float32Array ? new Float32Array(size) : new Int32Array(size);
  return { shape, dtype: value.data instanceof Float32Array ? "float32" : "int32", data: data.fill(value.data[0]!) };
}

function rows(value: HostTensor, { shape }: OnnxValueInfo, batch: number): HostTensor {
  const count = typeof shape?.[0] === "number" ? shape[0] : batch;
  const { data } = value;
  const all = data instanceof Float32Array ? new Float32Array(count * data.length) : new Int32Array(count * data.length);
  for (let i = 0; i < count; i++) all.set(data, i * data.length);
  return { shape: [count, data.length], dtype: data instanceof Float32Array ? "float32" : "int32", data: all };
}

const imageError = ({ name }: NetworkOptions, image: Aval, problem: string, hint: string, cause?: unknown): Error =>
  errors.NETWORK_IMAGE({ file: name, image: formatAval(image), problem, hint }, defined({ cause }));

/** Sizes that the file fixes. */
function checkImage(options: NetworkOptions, { x }: NetworkInputs, image: Aval): void {
  if (image.shape.length !== 4 || image.dtype !== "float32")
    throw imageError(options, image, "images are float32[N,C,H,W]", "give a picture, or an array with four axes");
  const axis = x.shape?.findIndex((n, i) => typeof n === "number" && n !== image.shape[i]) ?? -1;
  if (axis < 0) return;
  const problem = `the file fixes its ${["batch", "channels", "height", "width"][axis]!} to ${String(x.shape![axis])}`;
  throw imageError(options, image, problem, sizeHint(x.shape!, axis));
}

function sizeHint(shape: readonly (number | string | undefined)[], axis: number): string {
  if (shape[3] === 3 && shape[1] !== 3) return "the network takes images with channels last; export it for [N,C,H,W]";
  if (axis === 0) return "restore as many pictures at once, or export the network with an open batch (`dynamic_axes`)";
  if (axis === 1 && shape[1] === 4)
    return "four channels are the latents of an autoencoder (or a picture with a mask), which is not an image prior";
  if (axis === 1) return shape[1] === 1 ? "make the picture grey" : "make the picture RGB, or use a network for its channels";
  return "leave `tiles: off` out, so that the network sees the picture in tiles of its size, or export the network with open sizes (`dynamic_axes`)";
}

/** Networks halve the image several times, and fail where a half is no whole number. */
const multiples = [2, 4, 8, 16, 32, 64, 128];

interface Padded {
  readonly imported: ReturnType<typeof readOnnx>;
  readonly padded: readonly number[];
}

/** Reads the network at the image's size if it takes that, else at the smallest padded size that it takes. */
function readPadded(padTo: number | "auto", image: Aval, read: (shape: readonly number[]) => ReturnType<typeof readOnnx>): Padded {
  const [, , height, width] = extents(image.shape, 4);
  const rounded = (multiple: number): readonly number[] => paddedShape(image.shape, multiple);
  if (padTo !== "auto") return { imported: read(rounded(padTo)), padded: rounded(padTo) };
  try {
    return { imported: read(image.shape), padded: image.shape };
  } catch (cause) {
    if (!isLeaderError(cause) || cause.code !== "LEADER_ONNX_INVALID") throw cause;
    const candidates = multiples.filter((multiple) => height % multiple !== 0 || width % multiple !== 0).map(rounded);
    const padded = candidates.find((shape) => reads(read, shape));
    if (padded === undefined) throw cause;
    return { imported: read(padded), padded };
  }
}

function reads(read: (shape: readonly number[]) => unknown, shape: readonly number[]): boolean {
  try {
    read(shape);
    return true;
  } catch (error) {
    if (isLeaderError(error)) return false;
    throw error;
  }
}

function checkVariance(options: NetworkOptions, output: string, received: number, channels: number): void {
  const { learnedVariance, name } = options;
  if (learnedVariance === "auto" || received === (learnedVariance ? 2 * channels : channels)) return;
  const problem = `\`${output}\` has ${received} channels for images of ${channels}, but learnedVariance is ${String(learnedVariance)}`;
  throw errors.NETWORK_OUTPUT({ file: name, problem, outputs: [output] });
}

/** The noise level in the form that the network wants. */
const conditioningValue: Readonly<Record<Exclude<Conditioning, "none">, (level: NetworkLevel) => Tensor>> = {
  alpha_bar: (level) => level.alphaBar,
  timestep: (level) => level.timestep,
  sigma: (level) => level.sigma,
  log_sigma: (level) => level.sigma.log(),
};

function conditioningTensor(level: NetworkLevel, as: Exclude<Conditioning, "none">, aval: Aval): Tensor {
  const value = conditioningValue[as](level);
  const typed = aval.dtype === "int32" ? value.round().cast("int32") : value;
  return typed.reshape(aval.shape.map(() => 1)).expand(aval.shape);
}

function denoiserAt(
  options: NetworkOptions & NetworkConvention,
  inputs: NetworkInputs,
  image: Aval,
  body: Body,
  tiling: Tiling | undefined,
): Denoiser {
  const evaluate: SizedNetwork["evaluate"] = (state, level, evaluations) => {
    const operands = body.graph.params.map((param, i) =>
      body.roles[i] === "x" ? state : conditioningTensor(level, inputs.conditioning!.as, param.aval),
    );
    return state.trace.emit("Function", operands, { name: options.name, body: body.graph, evaluations });
  };
  return networkDenoiser(options, image, { padded: body.padded, tiling, evaluate });
}
