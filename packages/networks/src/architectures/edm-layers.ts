import { extents, type Tensor } from "@leader/core";
import { attend, conv3, enlarge, groupNorm, pointwise, shrink, silu, type Layers } from "../layers/layers.js";

/** How the blocks of the two networks of EDM differ. */
export interface EdmStyle {
  readonly epsilon: number;
  /** DhariwalUNet: the embedding scales and shifts; SongUNet: it is added. */
  readonly adaptiveScale: boolean;
  readonly skipScale: number;
  /** Heads of an attention over so many channels. */
  heads(channels: number): number;
  /** Taps of the resampling filter along one axis. */
  readonly filter: readonly number[];
}

export const groupsOf = (channels: number): number => Math.min(32, Math.floor(channels / 4));

export interface EdmBlockOptions {
  readonly out: number;
  readonly resample?: "down" | "up";
}

/** `UNetBlock`. Whether it projects its skip and attends is told by its names. */
export function edmBlock(style: EdmStyle, net: Layers, x: Tensor, emb: Tensor, { out, resample }: EdmBlockOptions): Tensor {
  const { epsilon, adaptiveScale, skipScale } = style;
  const resized = (image: Tensor): Tensor => (resample === undefined ? image : resampled(image, style.filter, resample));
  const h = conv3(net.at("conv0"), resized(silu(groupNorm(net.at("norm0"), x, groupsOf(x.shape[1]!), epsilon))), out);
  const k = pointwise(net.at("affine"), emb, adaptiveScale ? 2 * out : out, "linear");
  const norm = net.at("norm1");
  const modulated = adaptiveScale
    ? groupNorm(norm, h, groupsOf(out), epsilon)
        .mul(k.sliceAxis(1, 0, out).add(1))
        .add(k.sliceAxis(1, out, 2 * out))
    : groupNorm(norm, h.add(k), groupsOf(out), epsilon);
  const same = resized(x);
  const projects = x.shape[1] !== out || net.has("skip.weight");
  const skip = projects ? pointwise(net.at("skip"), same, out, "conv2d") : same;
  const y = scaled(conv3(net.at("conv1"), silu(modulated), out).add(skip), skipScale);
  return net.has("qkv.weight") ? scaled(attention(style, net, y).add(y), skipScale) : y;
}

const scaled = (x: Tensor, scale: number): Tensor => (scale === 1 ? x : x.mul(scale));

/** The channels of a head are triples of query, key and value. */
function attention(style: EdmStyle, net: Layers, x: Tensor): Tensor {
  const [n, c, height, width] = extents(x.shape, 4);
  const heads = style.heads(c);
  const qkv = pointwise(net.at("qkv"), groupNorm(net.at("norm2"), x, groupsOf(c), style.epsilon), 3 * c, "conv2d");
  const [d, pixels] = [c / heads, height * width];
  const triples = qkv.reshape([n, heads, d, 3, pixels]);
  const part = (i: number): Tensor => triples.sliceAxis(3, i, i + 1).reshape([n, heads, d, pixels]);
  return pointwise(net.at("proj"), attend({ q: part(0), k: part(1), v: part(2) }, x.shape), c, "conv2d");
}

/** By the filter: of two equal taps, means and nearest neighbours; else a convolution of every channel or its transpose. */
export function resampled(x: Tensor, filter: readonly number[], direction: "down" | "up"): Tensor {
  if (filter.length === 2 && filter[0] === filter[1]) return direction === "down" ? shrink(x) : enlarge(x);
  const pad = Math.floor((filter.length - 1) / 2);
  const attrs = { strides: [2, 2], pads: [pad, pad, pad, pad], groups: x.shape[1]! };
  return direction === "down" ? x.conv(plane(x, filter, 1), attrs) : x.convTranspose(plane(x, filter, 4), attrs);
}

/** The two-dimensional filter for every channel, with sum `gain`. */
export function plane(x: Tensor, filter: readonly number[], gain: number): Tensor {
  const [taps, channels] = [filter.length, x.shape[1]!];
  const sum = filter.reduce((a, b) => a + b, 0);
  const data = Float32Array.from({ length: channels * taps * taps }, (_, flat) => {
    const [row, column] = [Math.floor(flat / taps) % taps, flat % taps];
    return (gain * filter[row]! * filter[column]!) / sum ** 2;
  });
  return x.trace.constant({ shape: [channels, 1, taps, taps], dtype: "float32", data });
}
