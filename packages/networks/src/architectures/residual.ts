import type { Tensor } from "@leader/core";
import { conv3, enlarge, groupNorm, pointwise, shrink, silu, type Layers, type Stored } from "../layers/layers.js";

/** Names and settings of the residual blocks of Ho et al. and of diffusers, which are the same function. */
export interface ResidualStyle {
  readonly timeProjection: string;
  readonly shortcut: string;
  readonly groups: number;
  readonly epsilon: number;
  /** The embedding scales and shifts the second normalisation, instead of being added before it. */
  readonly scaleShift: boolean;
  readonly activation: (x: Tensor) => Tensor;
}

export interface ResidualOptions {
  readonly out: number;
  readonly resample?: "down" | "up";
  /** The sum is divided by this. */
  readonly scale?: number;
}

/** conv2(act(norm2(conv1(act(norm1 x)) + embedding))) + x. `emb` comes through silu already. */
export function residual(style: ResidualStyle, net: Layers, x: Tensor, emb: Tensor, options: ResidualOptions): Tensor {
  const { out, scale = 1 } = options;
  const { groups, epsilon, activation } = style;
  const resized = options.resample === "down" ? shrink : options.resample === "up" ? enlarge : (image: Tensor) => image;
  const h = conv3(net.at("conv1"), resized(activation(groupNorm(net.at("norm1"), x, groups, epsilon))), out);
  const k = pointwise(net.at(style.timeProjection), emb, style.scaleShift ? 2 * out : out, "linear");
  const norm = net.at("norm2");
  const modulated = style.scaleShift
    ? groupNorm(norm, h, groups, epsilon)
        .mul(k.sliceAxis(1, 0, out).add(1))
        .add(k.sliceAxis(1, out, 2 * out))
    : groupNorm(norm, h.add(k), groups, epsilon);
  const same = resized(x);
  const skip = x.shape[1] === out ? same : pointwise(net.at(style.shortcut), same, out, "conv2d");
  const sum = skip.add(conv3(net.at("conv2"), activation(modulated), out));
  return scale === 1 ? sum : sum.div(scale);
}

/** Linear maps of the time embedding: W2 silu(W1 e), through the silu with which every block begins. */
export const timeEmbedding = (first: Layers, second: Layers, e: Tensor, width: number, stored: Stored = "linear"): Tensor =>
  silu(pointwise(second, silu(pointwise(first, e, width, stored)), width, stored));
