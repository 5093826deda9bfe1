import { extents, type Tensor } from "@leader/core";
import { errors } from "../error-codes.js";
import {
  attend,
  conv3,
  convolution,
  enlarge,
  groupNorm,
  labelEmbedding,
  pointwise,
  positionalEmbedding,
  shrink,
  silu,
  type Attended,
  type Layers,
} from "../layers/layers.js";
import {
  countIndices,
  type Architecture,
  type ArchitectureSettings,
  type Network,
  type NetworkInputs,
  type ShapesByKey,
} from "./architecture.js";

/** The flags of guided-diffusion that decide the graph, under its names. */
export interface AdmFlags {
  readonly imageChannels: number;
  readonly outChannels: number;
  readonly numChannels: number;
  /** Channels of every level over `numChannels`. */
  readonly channelMult: readonly number[];
  readonly numResBlocks: number;
  /** By level: attention after every residual block. */
  readonly attention: readonly boolean[];
  readonly classes: number | undefined;
  readonly resblockUpdown: boolean;
  readonly useScaleShiftNorm: boolean;
  readonly headChannels: number | undefined;
  readonly heads: number;
  readonly newAttentionOrder: boolean;
}

/** ADM, the U-Net of guided-diffusion (Dhariwal and Nichol 2021). */
export const adm: Architecture = {
  name: "adm",
  title: "ADM (guided-diffusion)",
  recognises: (shapes) => shapes.has("time_embed.0.weight") && shapes.has("input_blocks.0.0.weight"),
  describe(shapes, checkpoint, settings) {
    const flags = flagsOf(shapes, checkpoint.name, settings);
    return admNetwork(flags);
  },
};

/** The network of flags that were not read from a file. */
export function admNetwork(flags: AdmFlags): Network {
  const { numChannels, channelMult, numResBlocks, classes } = flags;
  const attention = flags.attention.map((on, level) => (on ? `1/${2 ** level}` : "")).filter((text) => text !== "");
  return {
    architecture: "adm",
    summary: `ADM, ${numChannels} channels x ${channelMult.join(",")}, ${numResBlocks} residual blocks a level, attention at ${attention.length === 0 ? "the middle" : attention.join(", ")}`,
    channels: flags.imageChannels,
    outputs: flags.outChannels,
    ...(classes === undefined ? {} : { classes }),
    multiple: 2 ** (channelMult.length - 1),
    settings: {
      ...(flags.headChannels === undefined ? { heads: flags.heads } : { headChannels: flags.headChannels }),
      newAttentionOrder: flags.newAttentionOrder,
    },
    conditioning: "timestep",
    ignores: () => false,
    flagFor,
    build: (net, inputs) => build(flags, net, inputs),
  };
}

const explanations: readonly (readonly [RegExp, string])[] = [
  [/emb_layers/u, "use_scale_shift_norm"],
  [/^label_emb/u, "class_cond"],
  [/\.op\./u, "resblock_updown"],
  [/qkv|proj_out|\.norm\./u, "attention_resolutions"],
  [/skip_connection|in_layers|out_layers/u, "channel_mult, num_res_blocks or resblock_updown"],
  [/^out\.2/u, "learn_sigma"],
  [/^input_blocks\.0\.0/u, "the number of image channels"],
  [/\.conv\./u, "resblock_updown"],
  [/^time_embed/u, "num_channels"],
];
const flagFor = (key: string): string | undefined => explanations.find(([pattern]) => pattern.test(key))?.[1];

function flagsOf(shapes: ShapesByKey, file: string, settings: ArchitectureSettings): AdmFlags {
  const shape = (key: string): readonly number[] => shapes.get(key) ?? [];
  const refuse = (problem: string): never => {
    throw errors.CHECKPOINT_UNKNOWN({ file, problem, known: [adm.title], keys: [...shapes.keys()].slice(0, 3) });
  };
  const outputBlocks = countIndices(shapes, "output_blocks.");
  const levels = 1 + Array.from({ length: outputBlocks }, (_, i) => enlarges(shapes, i)).filter(Boolean).length;
  const numResBlocks = outputBlocks / levels - 1;
  if (!Number.isInteger(numResBlocks) || numResBlocks < 1)
    return refuse(`its ${outputBlocks} output blocks do not make ${levels} levels of ADM`);
  const numChannels = shape("time_embed.0.weight")[1] ?? 0;
  const [stem, imageChannels] = [shape("input_blocks.0.0.weight")[0] ?? 0, shape("input_blocks.0.0.weight")[1] ?? 0];
  const outChannels = shape("out.2.weight")[0] ?? imageChannels;
  if (imageChannels === 6 && outChannels === 6)
    return refuse("it enlarges pictures (a low-resolution image is its second input) and is no prior");
  const first = (level: number): string => `input_blocks.${level * (numResBlocks + 1) + 1}`;
  const widths = Array.from({ length: levels }, (_, level) => shape(`${first(level)}.0.out_layers.3.weight`)[0] ?? stem);
  const { headChannels, heads } = settings;
  return {
    imageChannels,
    outChannels,
    numChannels,
    channelMult: widths.map((width) => width / numChannels),
    numResBlocks,
    attention: widths.map((_, level) => hasAttention(shapes, `${first(level)}.1`)),
    classes: shapes.get("label_emb.weight")?.[0],
    resblockUpdown: ![...shapes.keys()].some((key) => key.endsWith(".op.weight")),
    useScaleShiftNorm: (shape("middle_block.0.emb_layers.1.weight")[0] ?? 0) === 2 * widths.at(-1)!,
    headChannels: heads === undefined ? (headChannels ?? 64) : headChannels,
    heads: heads ?? 1,
    newAttentionOrder: settings.newAttentionOrder ?? false,
  };
}

const hasAttention = (shapes: ShapesByKey, block: string): boolean =>
  shapes.has(`${block}.qkv.weight`) || shapes.has(`${block}.proj_out.weight`);

/** True if the last sub-block of an output block enlarges: a residual block or a convolution that is not the first. */
const enlarges = (shapes: ShapesByKey, block: number): boolean =>
  [1, 2].some((sub) => {
    const at = `output_blocks.${block}.${sub}`;
    return shapes.has(`${at}.in_layers.0.weight`) || shapes.has(`${at}.in_layers.2.weight`) || shapes.has(`${at}.conv.weight`);
  });

const [groups, epsilon] = [32, 1e-5];

function build(flags: AdmFlags, net: Layers, { x, level, labels }: NetworkInputs): Tensor {
  const { numChannels, channelMult, numResBlocks } = flags;
  const emb = embedding(flags, net, level, labels);
  const widths = channelMult.map((mult) => Math.round(mult * numChannels));
  const block = (at: Layers, h: Tensor, l: number): Tensor => {
    const residual = residualBlock(flags, at.at(0), h, emb, widths[l]!, "same");
    return flags.attention[l]! ? attentionBlock(flags, at.at(1), residual) : residual;
  };
  const inputs = net.at("input_blocks");
  let h = conv3(inputs.at("0.0"), x, widths[0]!);
  const skips = [h];
  for (const [l, width] of widths.entries()) {
    for (let b = 0; b < numResBlocks; b++) skips.push((h = block(inputs.at(skips.length), h, l)));
    if (l < widths.length - 1) skips.push((h = down(flags, inputs.at(skips.length), h, emb, width)));
  }
  const middle = net.at("middle_block");
  h = residualBlock(flags, middle.at(0), h, emb, widths.at(-1)!, "same");
  h = attentionBlock(flags, middle.at(1), h);
  h = residualBlock(flags, middle.at(2), h, emb, widths.at(-1)!, "same");
  let k = 0;
  for (const [l, width] of [...widths.entries()].reverse()) {
    for (let b = 0; b <= numResBlocks; b++, k++) {
      const at = net.at("output_blocks").at(k);
      h = block(at, h.concat([skips.pop()!], 1), l);
      if (l > 0 && b === numResBlocks) h = up(flags, at.at(flags.attention[l]! ? 2 : 1), h, emb, width);
    }
  }
  const out = net.at("out");
  return conv3(out.at(2), silu(groupNorm(out.at(0), h, groups, epsilon)), flags.outChannels);
}

/** silu of the embedding of timestep and label: every block begins with it. */
function embedding({ numChannels, classes }: AdmFlags, net: Layers, level: Tensor, labels: Tensor | undefined): Tensor {
  const width = 4 * numChannels;
  const e = positionalEmbedding(level, { channels: numChannels, shift: 0, first: "cos" });
  const time = net.at("time_embed");
  const emb = pointwise(time.at(2), silu(pointwise(time.at(0), e, width, "linear")), width, "linear");
  if (classes === undefined) return silu(emb);
  const table = net.at("label_emb").weight("weight", [classes, width]);
  return silu(labels === undefined ? emb : emb.add(labelEmbedding(labels, table)));
}

type Resampling = "same" | "down" | "up";
const resample = { same: (x: Tensor) => x, down: shrink, up: enlarge } as const;

function residualBlock(flags: AdmFlags, net: Layers, x: Tensor, emb: Tensor, out: number, mode: Resampling): Tensor {
  const h = conv3(net.at("in_layers.2"), resample[mode](silu(groupNorm(net.at("in_layers.0"), x, groups, epsilon))), out);
  const k = pointwise(net.at("emb_layers.1"), emb, flags.useScaleShiftNorm ? 2 * out : out, "linear");
  const norm = net.at("out_layers.0");
  const modulated = flags.useScaleShiftNorm
    ? groupNorm(norm, h, groups, epsilon)
        .mul(k.sliceAxis(1, 0, out).add(1))
        .add(k.sliceAxis(1, out, 2 * out))
    : groupNorm(norm, h.add(k), groups, epsilon);
  const same = resample[mode](x);
  const skip = x.shape[1] === out ? same : pointwise(net.at("skip_connection"), same, out, "conv2d");
  return skip.add(conv3(net.at("out_layers.3"), silu(modulated), out));
}

const down = (flags: AdmFlags, net: Layers, x: Tensor, emb: Tensor, width: number): Tensor =>
  flags.resblockUpdown ? residualBlock(flags, net.at(0), x, emb, width, "down") : convolution(net.at("0.op"), x, width, 3, { stride: 2 });

const up = (flags: AdmFlags, net: Layers, x: Tensor, emb: Tensor, width: number): Tensor =>
  flags.resblockUpdown ? residualBlock(flags, net, x, emb, width, "up") : conv3(net.at("conv"), enlarge(x), width);

function attentionBlock(flags: AdmFlags, net: Layers, x: Tensor): Tensor {
  const [n, c, height, width] = extents(x.shape, 4);
  const heads = flags.headChannels === undefined ? flags.heads : c / flags.headChannels;
  const qkv = pointwise(net.at("qkv"), groupNorm(net.at("norm"), x, groups, epsilon), 3 * c, "conv1d");
  const [d, pixels] = [c / heads, height * width];
  return x.add(pointwise(net.at("proj_out"), attend(split(flags.newAttentionOrder, qkv, { n, heads, d, pixels }), x.shape), c, "conv1d"));
}

interface Split {
  readonly n: number;
  readonly heads: number;
  readonly d: number;
  readonly pixels: number;
}

/** Old order: head by head, each q, k, v. New order: q of all heads, then k, then v. */
function split(newOrder: boolean, qkv: Tensor, { n, heads, d, pixels }: Split): Attended {
  if (newOrder) {
    const all = qkv.reshape([n, 3 * heads, d, pixels]);
    const part = (i: number): Tensor => all.sliceAxis(1, i * heads, (i + 1) * heads);
    return { q: part(0), k: part(1), v: part(2) };
  }
  const all = qkv.reshape([n, heads, 3 * d, pixels]);
  const part = (i: number): Tensor => all.sliceAxis(2, i * d, (i + 1) * d);
  return { q: part(0), k: part(1), v: part(2) };
}
