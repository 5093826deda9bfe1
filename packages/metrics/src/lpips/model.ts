import type { HostTensor } from "@leader/graph";
import { errors } from "../error-codes.js";
import { lpipsBackbones, type BackboneSpec, type Layer, type LpipsBackbone } from "./backbones.js";
import { OpenGraph } from "./open-graph.js";

// Constants of the published implementation: the mean and deviation of ImageNet's colours, moved from [0,1] to [-1,1].
const shift = [-0.03, -0.088, -0.188];
const scale = [0.458, 0.448, 0.45];
const tiny = 1e-10;

/** Weights by the names of the published files. */
export type WeightFile = ReadonlyMap<string, HostTensor>;

/** What the graph of a version of this code is called; other names are refused when a file is loaded. */
export const graphName = (backbone: LpipsBackbone): string => `lpips-${backbone}-v0.1`;

/**
 * LPIPS 0.1 as an ONNX model of `image` and `reference`, [1,3,H,W] in [-1,1] of any size, with one output `distance`.
 * Zhang, Isola, Efros, Shechtman, Wang: The unreasonable effectiveness of deep features as a perceptual metric. CVPR 2018, equation 1.
 * @param file names the weights in errors. Errors: WEIGHTS_UNFIT.
 */
export function lpipsModel(weights: WeightFile, file: string): { readonly backbone: LpipsBackbone; readonly model: Uint8Array } {
  const backbone: LpipsBackbone = weights.has("features.0.weight") ? "alex" : "squeeze";
  return { backbone, model: new Builder(weights, file, backbone).build(lpipsBackbones[backbone]) };
}

class Builder {
  readonly #graph = new OpenGraph();
  readonly #weights: WeightFile;
  readonly #file: string;
  readonly #backbone: LpipsBackbone;
  #channels = 3;

  constructor(weights: WeightFile, file: string, backbone: LpipsBackbone) {
    this.#weights = weights;
    this.#file = file;
    this.#backbone = backbone;
  }

  build({ layers }: BackboneSpec): Uint8Array {
    const graph = this.#graph;
    const both = graph.node("Concat", ["image", "reference"], { axis: 0 });
    let x = graph.node("Div", [graph.node("Sub", [both, this.#perChannel("shift", shift)]), this.#perChannel("scale", scale)]);
    const distances: string[] = [];
    for (const layer of layers) {
      x = this.#layer(layer, x);
      if (layer.kind !== "pool" && layer.tap === true) distances.push(this.#distance(x, distances.length));
    }
    const sum = distances.reduce((a, b) => graph.node("Add", [a, b]));
    return graph.encode(graphName(this.#backbone), ["image", "reference"], sum);
  }

  #layer(layer: Layer, x: string): string {
    if (layer.kind === "pool")
      return this.#graph.node("MaxPool", [x], { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: layer.ceil ? 1 : 0 });
    if (layer.kind === "conv") return this.#conv(x, layer.weights, layer.stride, layer.pad);
    const squeezed = this.#conv(x, `${layer.weights}.squeeze`, 1, 0);
    const inside = this.#channels;
    const narrow = this.#conv(squeezed, `${layer.weights}.expand1x1`, 1, 0);
    const narrowChannels = this.#channels;
    this.#channels = inside;
    const wide = this.#conv(squeezed, `${layer.weights}.expand3x3`, 1, 1);
    this.#channels += narrowChannels;
    return this.#graph.node("Concat", [narrow, wide], { axis: 1 });
  }

  /** A convolution and its ReLU. */
  #conv(x: string, name: string, stride: number, pad: number): string {
    const weight = this.#take(`${name}.weight`, [undefined, this.#channels, undefined, undefined]);
    const bias = this.#take(`${name}.bias`, [weight.shape[0]]);
    this.#channels = weight.shape[0]!;
    const operands = [x, this.#graph.weight(`${name}.weight`, weight), this.#graph.weight(`${name}.bias`, bias)];
    const attributes = { strides: [stride, stride], pads: [pad, pad, pad, pad], kernel_shape: weight.shape.slice(2) };
    return this.#graph.node("Relu", [this.#graph.node("Conv", operands, attributes)]);
  }

  /** The mean over places of the weighted squared difference of unit feature vectors. */
  #distance(x: string, tap: number): string {
    const graph = this.#graph;
    const lin = this.#take(`lin${tap}.weight`, [1, this.#channels, 1, 1]);
    const length = graph.node("Sqrt", [graph.node("ReduceSum", [graph.node("Mul", [x, x]), graph.ints([1])], { keepdims: 1 })]);
    const unit = graph.node("Div", [x, graph.node("Add", [length, this.#scalar(`tiny${tap}`, tiny)])]);
    const half = (from: number): string => graph.node("Slice", [unit, graph.ints([from]), graph.ints([from + 1]), graph.ints([0])]);
    const difference = graph.node("Sub", [half(0), half(1)]);
    const squared = graph.node("Mul", [difference, difference]);
    const weighted = graph.node("Conv", [squared, graph.weight(`lin${tap}.weight`, lin)], { kernel_shape: [1, 1] });
    return graph.node("ReduceMean", [weighted, graph.ints([2, 3])], { keepdims: 1 });
  }

  #perChannel(name: string, values: readonly number[]): string {
    return this.#graph.weight(name, { shape: [1, values.length, 1, 1], dtype: "float32", data: Float32Array.from(values) });
  }

  #scalar(name: string, value: number): string {
    return this.#graph.weight(name, { shape: [], dtype: "float32", data: Float32Array.of(value) });
  }

  /** A weight of the file; undefined sizes are free. */
  #take(name: string, shape: readonly (number | undefined)[]): HostTensor {
    const found = this.#weights.get(name);
    const fail = (problem: string): never => {
      throw errors.WEIGHTS_UNFIT({ file: this.#file, backbone: this.#backbone, problem });
    };
    if (found === undefined) return fail(`\`${name}\` is missing`);
    const fits =
      found.dtype === "float32" && found.shape.length === shape.length && shape.every((n, i) => n === undefined || n === found.shape[i]);
    if (fits) return found;
    return fail(`\`${name}\` is ${found.dtype}[${found.shape.join(",")}], expected float32[${shape.map((n) => n ?? "*").join(",")}]`);
  }
}
