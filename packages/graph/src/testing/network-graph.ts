import type { HostTensor } from "../values.js";
import type { Graph } from "../ir/graph.js";
import type { Tensor } from "../ir/tensor.js";
import { trace } from "../ir/trace.js";
import { resizeAttrs } from "./op-cases/contraction.js";
import { float32, randomTensor } from "./op-cases/op-case.js";
import { extents } from "../ir/shape.js";

const channels = 8;
const groups = 2;
const size = 8;

/** A U-Net in miniature with the parts that real ones have, its weights inside, and inputs for it: an image and a noise level. */
export function networkGraph(): { readonly graph: Graph; readonly inputs: readonly HostTensor[] } {
  const inputs = [randomTensor([1, 3, size, size]), float32([1], [0.3])];
  return { graph: trace((x, time) => network(x, time), inputs, ["x", "time"]), inputs };
}

function network(x: Tensor, time: Tensor): Tensor {
  const weight = weights(x);
  const top = conv(x, weight([channels, 3, 3, 3])).add(embed(time, weight));
  const down = block(conv(top, weight([channels, channels, 3, 3]), [2, 2]), weight);
  const middle = attention(down, weight);
  const interpolated = middle.resize(
    resizeAttrs(middle.shape, top.shape, { mode: "nearest", coordinates: "asymmetric", nearest: "floor" }),
  );
  const learned = middle.convTranspose(weight([channels, channels, 2, 2]), { strides: [2, 2] });
  const shuffled = pixelShuffle(conv(middle, weight([4 * channels, channels, 3, 3])));
  const joined = block(interpolated.add(learned).add(shuffled), weight).concat([top], 1);
  return conv(joined, weight([3, 2 * channels, 3, 3]));
}

type Weights = (shape: readonly number[]) => Tensor;

/** Random weights with the variance that keeps activations near 1. */
function weights(like: Tensor): Weights {
  let seed = 100;
  return (shape) => {
    const { data } = randomTensor(shape, seed++);
    const scale = 1 / Math.sqrt(shape.slice(1).reduce((a, b) => a * b, 1));
    return like.trace.constant(
      float32(
        shape,
        Array.from(data, (value) => value * scale),
      ),
    );
  };
}

const conv = (x: Tensor, weight: Tensor, strides: readonly number[] = [1, 1]): Tensor => x.conv(weight, { pads: [1, 1, 1, 1], strides });

const silu = (x: Tensor): Tensor => x.mul(x.sigmoid());

/** Four channels become the pixels of a block of 2 x 2. */
function pixelShuffle(x: Tensor): Tensor {
  const [, wide, height, width] = extents(x.shape, 4);
  const blocks = x.reshape([1, wide / 4, 2, 2, height, width]).transpose([0, 1, 4, 2, 5, 3]);
  return blocks.reshape([1, wide / 4, 2 * height, 2 * width]);
}

/** Group normalisation, SiLU and a convolution, around which the input is added. */
function block(x: Tensor, weight: Weights): Tensor {
  const normal = x
    .reshape([1, groups, x.size / groups])
    .standardize(2, 1e-5)
    .reshape(x.shape);
  return x.add(conv(silu(normal.mul(weight([channels, 1, 1]))), weight([channels, channels, 3, 3])));
}

function attention(x: Tensor, weight: Weights): Tensor {
  const tokens = x.reshape([channels, x.size / channels]).transpose([1, 0]);
  const project = (): Tensor => tokens.standardize(1, 1e-5).matmul(weight([channels, channels]));
  const [query, key, value] = [project(), project(), project()];
  const scores = query
    .matmul(key.transpose([1, 0]))
    .mul(1 / Math.sqrt(channels))
    .softmax(-1);
  return scores.matmul(value).transpose([1, 0]).reshape(x.shape).add(x);
}

/** Sine and cosine features of the noise level, one number per channel. */
function embed(time: Tensor, weight: Weights): Tensor {
  const phase = time.reshape([1, 1]).mul(weight([1, channels]).mul(10));
  const features = phase
    .sin()
    .concat([phase.cos()], 1)
    .matmul(weight([2 * channels, channels]));
  return features.reshape([1, channels, 1, 1]);
}
