import { type ConvAttrs, extents, imageExtents, type Tensor } from "@leader/core";

/** Gives the weights of a network to the code that builds it; each is asked for by name with the shape that the network needs. */
export interface Weights {
  /** @param stored shape in the file; @param as shape of equal size in which the graph wants it. */
  weight(name: string, stored: readonly number[], as: readonly number[]): Tensor;
  /** True if the file has the name: for what a network has or has not, without a flag that says so. */
  has(name: string): boolean;
  /** The shape of a name in the file. */
  shape(name: string): readonly number[] | undefined;
}

/** A place in the tree of a network's names. */
export class Layers {
  constructor(
    readonly weights: Weights,
    readonly path = "",
  ) {}

  at(name: string | number): Layers {
    return new Layers(this.weights, this.path === "" ? String(name) : `${this.path}.${name}`);
  }

  weight(name: string, stored: readonly number[], as: readonly number[] = stored): Tensor {
    return this.weights.weight(this.#name(name), stored, as);
  }

  has(name: string): boolean {
    return this.weights.has(this.#name(name));
  }

  #name(name: string): string {
    return this.path === "" ? name : `${this.path}.${name}`;
  }
}

export interface ConvolutionOptions {
  readonly stride?: number;
  /** Zeros around the image: above, left, below, right. Default: half the kernel on all sides. */
  readonly pads?: readonly [number, number, number, number];
  readonly bias?: boolean;
}

/** A convolution with a square kernel; its bias as `bias`. */
export function convolution(net: Layers, x: Tensor, out: number, kernel: number, options: ConvolutionOptions = {}): Tensor {
  const { stride = 1, pads, bias = true } = options;
  const half = Math.floor(kernel / 2);
  const attrs: Partial<ConvAttrs> = { strides: [stride, stride], pads: pads ?? [half, half, half, half] };
  const weight = net.weight("weight", [out, x.shape[1]!, kernel, kernel]);
  return x.conv(weight, bias ? { ...attrs, bias: net.weight("bias", [out]) } : attrs);
}

/** 3x3, stride 1, zeros around. */
export const conv3 = (net: Layers, x: Tensor, out: number): Tensor => convolution(net, x, out, 3);

/** How the weight of a map between channels lies in the file: as a convolution of two axes, of one, or as a matrix. */
export type Stored = "conv2d" | "conv1d" | "linear";

/** A linear map between channels, at every pixel: a 1x1 convolution, whatever the file calls it. Embeddings are images of one pixel. */
export function pointwise(net: Layers, x: Tensor, out: number, stored: Stored, bias = true): Tensor {
  const matrix = [out, x.shape[1]!];
  const ones = stored === "conv2d" ? [1, 1] : stored === "conv1d" ? [1] : [];
  const weight = net.weight("weight", [...matrix, ...ones], [...matrix, 1, 1]);
  return x.conv(weight, bias ? { bias: net.weight("bias", [out]) } : {});
}

/** Group normalisation with weight and bias per channel. `epsilon` stands inside the root. */
export function groupNorm(net: Layers, x: Tensor, groups: number, epsilon: number): Tensor {
  const [n, channels, ...size] = imageExtents(x.shape);
  const weight = net.weight("weight", [channels], [channels, 1, 1]);
  const bias = net.weight("bias", [channels], [channels, 1, 1]);
  const elements = size.reduce((a, b) => a * b, channels / groups);
  return x.reshape([n, groups, elements]).standardize(2, epsilon).reshape(x.shape).mul(weight).add(bias);
}

export const silu = (x: Tensor): Tensor => x.mul(x.sigmoid());
export const relu = (x: Tensor): Tensor => x.maximum(0);

/** Nearest neighbour: every pixel becomes 2x2 equal ones. */
export function enlarge(x: Tensor): Tensor {
  const [n, c, height, width] = extents(x.shape, 4);
  return x.resize({
    shape: [n, c, 2 * height, 2 * width],
    scales: [1, 1, 2, 2],
    mode: "nearest",
    coordinates: "asymmetric",
    nearest: "floor",
    cubicCoefficient: -0.75,
    excludeOutside: false,
    antialias: false,
  });
}

/** Mean of 2x2 pixels. */
export function shrink(x: Tensor): Tensor {
  const [n, c, height, width] = extents(x.shape, 4);
  return x.reshape([n, c, height / 2, 2, width / 2, 2]).mean([3, 5]);
}

/** Query, key and value as [N, heads, channels of a head, pixels]. */
export interface Attended {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
}

/** Softmax over keys of q . k / sqrt(channels of a head), then the weighted sum of the values; an image of `size` again. */
export function attend({ q, k, v }: Attended, size: readonly number[]): Tensor {
  const scaled = q.mul(1 / Math.sqrt(q.shape[2]!)).transpose([0, 1, 3, 2]);
  const weights = scaled.matmul(k).softmax(-1);
  return weights
    .matmul(v.transpose([0, 1, 3, 2]))
    .transpose([0, 1, 3, 2])
    .reshape(size);
}

/** [N, heads * d, H, W] as [N, heads, d, pixels]. */
export function byHead(x: Tensor, heads: number): Tensor {
  const [n, channels, height, width] = extents(x.shape, 4);
  return x.reshape([n, heads, channels / heads, height * width]);
}

export interface EmbeddingOptions {
  readonly channels: number;
  /** Frequencies are 10000^(-i / (channels / 2 - shift)). */
  readonly shift: number;
  readonly first: "cos" | "sin";
}

/** The noise level as sines and cosines: an image of one pixel [1, channels, 1, 1] from a scalar. */
export function positionalEmbedding(level: Tensor, { channels, shift, first }: EmbeddingOptions): Tensor {
  const half = Math.floor(channels / 2);
  const data = Float32Array.from({ length: half }, (_, i) => Math.exp((-Math.log(10000) * i) / (half - shift)));
  const frequencies = level.trace.constant({ shape: [1, half, 1, 1], dtype: "float32", data });
  const angle = frequencies.mul(level.reshape([1, 1, 1, 1]));
  const [cos, sin] = [angle.cos(), angle.sin()];
  const both = first === "cos" ? cos.concat([sin], 1) : sin.concat([cos], 1);
  return channels % 2 === 0 ? both : both.pad([0, 0, 0, 0, 0, 1, 0, 0]);
}

/** The row of an embedding table for labels [N, classes] that are one-hot (zeros: none), as an image of one pixel. */
export const labelEmbedding = (labels: Tensor, table: Tensor): Tensor => {
  const rows = labels.matmul(table);
  return rows.reshape([...rows.shape, 1, 1]);
};
