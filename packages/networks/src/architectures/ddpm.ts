import { recordOf, type Tensor } from "@leader/core";
import {
  attend,
  byHead,
  conv3,
  convolution,
  enlarge,
  groupNorm,
  pointwise,
  positionalEmbedding,
  shrink,
  silu,
  type Layers,
} from "../layers/layers.js";
import { countIndices, type Architecture, type NetworkInputs, type ShapesByKey } from "./architecture.js";
import { residual, timeEmbedding, type ResidualStyle } from "./residual.js";

/** What the weights say about a network of Ho et al.: everything. */
interface DdpmShape {
  readonly ch: number;
  readonly inChannels: number;
  readonly outChannels: number;
  /** Channels by level. */
  readonly widths: readonly number[];
  readonly numResBlocks: number;
  readonly attention: readonly boolean[];
  /** Resampling by convolutions; else by means and nearest neighbours alone. */
  readonly resampleWithConv: boolean;
}

/** The U-Net of Ho et al. 2020 as DDIM, DDRM, DDNM and SDEdit have it. */
export const ddpm: Architecture = {
  name: "ddpm",
  title: "DDPM (Ho et al., as in DDRM and DDNM)",
  recognises: (shapes) => shapes.has("temb.dense.0.weight") && shapes.has("conv_in.weight"),
  describe(shapes) {
    const shape = shapeOf(shapes);
    const attention = shape.attention.map((on, level) => (on ? `1/${2 ** level}` : "")).filter((text) => text !== "");
    return {
      architecture: "ddpm",
      summary: `DDPM of Ho et al., ${shape.ch} channels x ${shape.widths.map((width) => width / shape.ch).join(",")}, ${shape.numResBlocks} residual blocks a level, attention at ${attention.length === 0 ? "the middle" : attention.join(", ")}`,
      channels: shape.inChannels,
      outputs: shape.outChannels,
      multiple: 2 ** (shape.widths.length - 1),
      settings: {},
      conditioning: "timestep",
      ignores: () => false,
      flagFor,
      build: (net, inputs) => build(shape, net, inputs),
    };
  },
};

const explanations: readonly (readonly [RegExp, string])[] = [
  [/attn/u, "attn_resolutions"],
  [/sample\.conv/u, "resamp_with_conv"],
  [/nin_shortcut|conv_shortcut/u, "ch_mult (or conv_shortcut)"],
  [/block/u, "ch_mult or num_res_blocks"],
  [/^temb/u, "ch"],
  [/^conv_(in|out)/u, "in_channels, out_ch"],
];
const flagFor = (key: string): string | undefined => explanations.find(([pattern]) => pattern.test(key))?.[1];

function shapeOf(shapes: ShapesByKey): DdpmShape {
  const of = (key: string): readonly number[] => shapes.get(key) ?? [];
  const levels = Math.max(1, countIndices(shapes, "down."));
  const ch = of("temb.dense.0.weight")[1] ?? 0;
  const stem = of("conv_in.weight")[0] ?? ch;
  return {
    ch,
    inChannels: of("conv_in.weight")[1] ?? 0,
    outChannels: of("conv_out.weight")[0] ?? 0,
    widths: Array.from({ length: levels }, (_, i) => of(`down.${i}.block.0.conv1.weight`)[0] ?? stem),
    numResBlocks: Math.max(1, countIndices(shapes, "down.0.block.")),
    attention: Array.from({ length: levels }, (_, i) => [...shapes.keys()].some((key) => key.startsWith(`down.${i}.attn.`))),
    resampleWithConv: levels === 1 || [...shapes.keys()].some((key) => key.includes(".downsample.conv.")),
  };
}

const [groups, epsilon] = [32, 1e-6];
const style: ResidualStyle = {
  timeProjection: "temb_proj",
  shortcut: "nin_shortcut",
  groups,
  epsilon,
  scaleShift: false,
  activation: silu,
};

function build(shape: DdpmShape, net: Layers, { x, level }: NetworkInputs): Tensor {
  const { ch, widths, numResBlocks, attention } = shape;
  const e = positionalEmbedding(level, { channels: ch, shift: 1, first: "sin" });
  const emb = timeEmbedding(net.at("temb.dense.0"), net.at("temb.dense.1"), e, 4 * ch);
  const block = (at: Layers, h: Tensor, i: number, j: number): Tensor => {
    const made = residual(style, at.at("block").at(j), h, emb, { out: widths[i]! });
    return attention[i]! ? attentionBlock(at.at("attn").at(j), made) : made;
  };
  let h = conv3(net.at("conv_in"), x, ch);
  const skips = [h];
  for (const [i, width] of widths.entries()) {
    const at = net.at("down").at(i);
    for (let j = 0; j < numResBlocks; j++) skips.push((h = block(at, h, i, j)));
    if (i < widths.length - 1) skips.push((h = shape.resampleWithConv ? downsample(at.at("downsample.conv"), h, width) : shrink(h)));
  }
  const [middle, lowest] = [net.at("mid"), widths.at(-1)!];
  h = residual(style, middle.at("block_1"), h, emb, { out: lowest });
  h = attentionBlock(middle.at("attn_1"), h);
  h = residual(style, middle.at("block_2"), h, emb, { out: lowest });
  // The names count levels, so that the first one used is the last.
  for (const [i, width] of [...widths.entries()].reverse()) {
    const at = net.at("up").at(i);
    for (let j = 0; j <= numResBlocks; j++) h = block(at, h.concat([skips.pop()!], 1), i, j);
    if (i > 0) h = shape.resampleWithConv ? conv3(at.at("upsample.conv"), enlarge(h), width) : enlarge(h);
  }
  return conv3(net.at("conv_out"), silu(groupNorm(net.at("norm_out"), h, groups, epsilon)), shape.outChannels);
}

/** Zeros on the right and below only: with zeros on all sides the picture would be shifted by half a pixel at every level. */
export const downsample = (net: Layers, x: Tensor, width: number): Tensor =>
  convolution(net, x, width, 3, { stride: 2, pads: [0, 0, 1, 1] });

/** One head of all channels. */
function attentionBlock(net: Layers, x: Tensor): Tensor {
  const c = x.shape[1]!;
  const normal = groupNorm(net.at("norm"), x, groups, epsilon);
  const { q, k, v } = recordOf(["q", "k", "v"], (name) => byHead(pointwise(net.at(name), normal, c, "conv2d"), 1));
  return x.add(pointwise(net.at("proj_out"), attend({ q, k, v }, x.shape), c, "conv2d"));
}
