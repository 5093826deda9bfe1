import { defined, type Tensor } from "@leader/core";
import { errors } from "../error-codes.js";
import { conv3, groupNorm, pointwise, positionalEmbedding, silu, type Layers } from "../layers/layers.js";
import type { Checkpoint } from "../file/checkpoint.js";
import { countIndices, type Architecture, type NetworkInputs, type ShapesByKey } from "./architecture.js";
import { edmBlock, groupsOf, plane, resampled, type EdmStyle } from "./edm-layers.js";
import { preconditioned, preconditionings, type Preconditioning, type PreconditioningOptions } from "./edm-precondition.js";

/** What decides the graph of `SongUNet` (DDPM++, NCSN++) and `DhariwalUNet` (ADM): all of it follows from names and shapes. */
interface EdmShape {
  readonly kind: "SongUNet" | "DhariwalUNet";
  readonly style: EdmStyle;
  /** Sides in the names, from the largest: those of the training. */
  readonly resolutions: readonly number[];
  /** Residual blocks of a level on the way down; one more on the way up. */
  readonly blocks: number;
  readonly channels: number;
  readonly outputs: number;
  readonly classes: number | undefined;
  /** Channels that a block returns. */
  readonly width: (block: string) => number;
  readonly has: (key: string) => boolean;
}

const [songStyle, dhariwalStyle] = [
  { epsilon: 1e-6, adaptiveScale: false, skipScale: Math.SQRT1_2, heads: () => 1 },
  { epsilon: 1e-5, adaptiveScale: true, skipScale: 1, heads: (channels: number) => Math.max(1, Math.floor(channels / 64)) },
] as const;

/** The networks of EDM (Karras et al. 2022) with their preconditioning: D(x; sigma), which returns the clean image. */
export const edm: Architecture = {
  name: "edm",
  title: "SongUNet and DhariwalUNet (EDM)",
  recognises: (shapes) => shapes.has("map_layer0.weight") && countEncoders(shapes) > 0,
  describe(shapes, checkpoint) {
    const shape = shapeOf(shapes);
    const [kind, options] = preconditioningOf(checkpoint);
    return {
      architecture: "edm",
      summary: `${shape.kind} of EDM, trained at ${shape.resolutions[0]!} pixels, ${shape.blocks} residual blocks a level, ${kind}`,
      channels: shape.channels,
      outputs: shape.channels,
      ...defined({ classes: shape.classes }),
      unconditional: true,
      multiple: 2 ** (shape.resolutions.length - 1),
      settings: checkpoint.edm === undefined ? { preconditioning: kind } : {},
      conditioning: "sigma",
      ignores: (key) => key.endsWith("resample_filter") || key.startsWith("map_augment."),
      flagFor,
      build: (net, { x, level, labels }) =>
        preconditioned(kind, options, x, level, (scaled, noise) => {
          const out = build(shape, net, { x: scaled, level: noise, ...defined({ labels }) });
          return shape.outputs === shape.channels ? out : out.sliceAxis(1, 0, shape.channels);
        }),
    };
  },
};

const explanations: readonly (readonly [RegExp, string])[] = [
  [/affine/u, "adaptive_scale (SongUNet or DhariwalUNet)"],
  [/qkv|norm2|proj/u, "attn_resolutions"],
  [/aux/u, "encoder_type or decoder_type"],
  [/map_label/u, "label_dim"],
  [/map_/u, "channel_mult_emb or embedding_type"],
  [/enc|dec/u, "model_channels, channel_mult or num_blocks"],
];
const flagFor = (key: string): string | undefined => explanations.find(([pattern]) => pattern.test(key))?.[1];

const encoder = /^enc\.(\d{1,5})x\1_/u;
const countEncoders = (shapes: ShapesByKey): number => [...shapes.keys()].filter((key) => encoder.test(key)).length;

function shapeOf(shapes: ShapesByKey): EdmShape {
  const found = [...shapes.keys()].flatMap((key) => encoder.exec(key)?.[1] ?? []).map(Number);
  const resolutions = [...new Set(found)].sort((a, b) => b - a);
  const largest = `${resolutions[0]!}x${resolutions[0]!}`;
  const song = !shapes.has("out_conv.weight");
  const stem = shapes.get(`enc.${largest}_conv.weight`) ?? [];
  const taps = [...shapes].find(([key]) => key.endsWith("resample_filter"))?.[1].at(-1) ?? 2;
  return {
    kind: song ? "SongUNet" : "DhariwalUNet",
    style: { ...(song ? songStyle : dhariwalStyle), filter: taps === 4 ? [1, 3, 3, 1] : [1, 1] },
    resolutions,
    blocks: Math.max(1, countIndices(shapes, `enc.${largest}_block`)),
    channels: stem[1] ?? 0,
    outputs: shapes.get(song ? `dec.${largest}_aux_conv.weight` : "out_conv.weight")?.[0] ?? stem[1] ?? 0,
    classes: shapes.get("map_label.weight")?.[1],
    width: (block) => shapes.get(`${block}.conv0.weight`)?.[0] ?? shapes.get(`${block}.weight`)?.[0] ?? 0,
    has: (key) => shapes.has(key),
  };
}

function preconditioningOf({ edm: pickled, name }: Checkpoint): readonly [Preconditioning, PreconditioningOptions] {
  if (pickled === undefined) return ["EDMPrecond", {}];
  const kind = preconditionings.find((known) => known === pickled.className);
  if (kind === undefined) {
    const problem = `its preconditioning is a \`${pickled.className.slice(0, 80)}\``;
    throw errors.CHECKPOINT_UNKNOWN({ file: name, problem, known: preconditionings, keys: [] });
  }
  const numbers = Object.entries(pickled.arguments).filter(([, value]) => typeof value === "number");
  return [kind, Object.fromEntries(numbers)];
}

const size = (resolution: number): string => `${resolution}x${resolution}`;

function build(shape: EdmShape, net: Layers, inputs: NetworkInputs): Tensor {
  const emb = embedding(shape, net, inputs.level, inputs.labels);
  const skips = encode(shape, net.at("enc"), inputs.x, emb);
  return decode(shape, net, skips, emb);
}

function embedding({ kind, classes, width, has }: EdmShape, net: Layers, level: Tensor, labels: Tensor | undefined): Tensor {
  const song = kind === "SongUNet";
  const e = noiseEmbedding(net, level, song);
  const rows = width("map_layer0");
  const first = (x: Tensor): Tensor => silu(pointwise(net.at("map_layer0"), x, rows, "linear"));
  const second = (x: Tensor): Tensor => pointwise(net.at("map_layer1"), x, rows, "linear");
  if (classes === undefined) return silu(second(first(e)));
  const out = song ? e.shape[1]! : rows;
  const hot = labels?.mul(song ? Math.sqrt(classes) : 1).reshape([labels.shape[0]!, classes, 1, 1]);
  const zeros = level.trace.constant({ shape: [1, classes, 1, 1], dtype: "float32", data: new Float32Array(classes) });
  const label = pointwise(net.at("map_label"), hot ?? zeros, out, "linear", has("map_label.bias"));
  return silu(song ? second(first(e.add(label))) : second(first(e)).add(label));
}

/** Sines and cosines of frequencies that are fixed (positional) or drawn once and kept in the file (Fourier). */
function noiseEmbedding(net: Layers, level: Tensor, song: boolean): Tensor {
  const noise = net.at("map_noise");
  // The number of channels is that which the first linear map takes.
  if (!noise.has("freqs")) {
    const channels = inputChannels(net, "map_layer0.weight");
    return positionalEmbedding(level, { channels, shift: song ? 1 : 0, first: song ? "sin" : "cos" });
  }
  const half = inputChannels(net, "map_layer0.weight") / 2;
  const angle = noise.weight("freqs", [half], [1, half, 1, 1]).mul(level.mul(2 * Math.PI).reshape([1, 1, 1, 1]));
  return song ? angle.sin().concat([angle.cos()], 1) : angle.cos().concat([angle.sin()], 1);
}

const inputChannels = (net: Layers, name: string): number => net.weights.shape(name)?.[1] ?? 0;

/** Results of every block on the way down, in order. */
function encode(shape: EdmShape, net: Layers, x: Tensor, emb: Tensor): Tensor[] {
  const { style, resolutions, width } = shape;
  const skips: Tensor[] = [];
  let [h, aux] = [x, x];
  for (const [l, resolution] of resolutions.entries()) {
    const name = size(resolution);
    if (l === 0) h = conv3(net.at(`${name}_conv`), h, width(`enc.${name}_conv`));
    else h = edmBlock(style, net.at(`${name}_down`), h, emb, { out: width(`enc.${name}_down`), resample: "down" });
    if (shape.has(`enc.${name}_aux_residual.weight`))
      aux = h = h.add(auxResidual(style, net.at(`${name}_aux_residual`), aux, h.shape[1]!)).mul(Math.SQRT1_2);
    else if (shape.has(`enc.${name}_aux_skip.weight`)) {
      aux = resampled(aux, style.filter, "down");
      h = h.add(pointwise(net.at(`${name}_aux_skip`), aux, h.shape[1]!, "conv2d"));
    }
    skips.push(h);
    for (let b = 0; b < shape.blocks; b++)
      skips.push((h = edmBlock(style, net.at(`${name}_block${b}`), h, emb, { out: width(`enc.${name}_block${b}`) })));
  }
  return skips;
}

/** A 3x3 convolution and the shrinking filter, one after the other without rounding the border in between. */
function auxResidual({ filter }: EdmStyle, net: Layers, x: Tensor, out: number): Tensor {
  const pad = 1 + Math.floor((filter.length - 1) / 2);
  const wide = x.conv(net.weight("weight", [out, x.shape[1]!, 3, 3]), { pads: [pad, pad, pad, pad] });
  const small = wide.conv(plane(wide, filter, 1), { strides: [2, 2], groups: out });
  return small.add(net.weight("bias", [out], [out, 1, 1]));
}

function decode(shape: EdmShape, net: Layers, skips: Tensor[], emb: Tensor): Tensor {
  const { style, resolutions, width, kind } = shape;
  const dec = net.at("dec");
  const block = (name: string, x: Tensor, resample?: "up"): Tensor =>
    edmBlock(style, dec.at(name), x, emb, { out: width(`dec.${name}`), ...defined({ resample }) });
  let h = skips.at(-1)!;
  let aux: Tensor | undefined;
  for (const [l, resolution] of [...resolutions.entries()].reverse()) {
    const name = size(resolution);
    h = l === resolutions.length - 1 ? block(`${name}_in1`, block(`${name}_in0`, h)) : block(`${name}_up`, h, "up");
    for (let b = 0; b <= shape.blocks; b++) h = block(`${name}_block${b}`, h.concat([skips.pop()!], 1));
    const skipsOut = kind === "SongUNet" && (l === 0 || shape.has(`dec.${name}_aux_norm.weight`));
    if (skipsOut) {
      const part = output(dec.at(`${name}_aux_norm`), dec.at(`${name}_aux_conv`), h, style.epsilon, shape.outputs);
      aux = aux === undefined ? part : part.add(resampled(aux, style.filter, "up"));
    }
  }
  return aux ?? output(net.at("out_norm"), net.at("out_conv"), h, style.epsilon, shape.outputs);
}

const output = (norm: Layers, conv: Layers, x: Tensor, epsilon: number, out: number): Tensor =>
  conv3(conv, silu(groupNorm(norm, x, groupsOf(x.shape[1]!), epsilon)), out);
