import { describe, expect, it } from "vitest";
import { derivative, difference, float32, loaded, relativeError, runGraph, scalar, type Loaded } from "./agreement.js";
import { admForward, type AdmCase } from "./restated/adm.js";
import { random, StateDict, type Arr } from "./restated/arrays.js";
import { ddpmForward, type DdpmCase } from "./restated/ddpm.js";
import { diffusersForward, type DiffusersCase } from "./restated/diffusers.js";
import { drunetForward } from "./restated/drunet.js";
import { edmForward, type EdmCase } from "./restated/edm.js";

/** Bounds of the project: forward on onnxruntime, and derivative against differences in float64. */
const [forwardBound, derivativeBound] = [1e-5, 1e-4];

interface Case {
  readonly weights: StateDict;
  readonly shape: readonly number[];
  readonly level: number;
  readonly labels?: readonly number[];
  forward(x: Arr): Arr;
  load(): Promise<Loaded>;
}

async function check(name: string, { shape, level, labels, forward, load }: Case): Promise<void> {
  const x = random(`image ${name}`, shape);
  const expected = forward(x);
  const { graph, network } = await load();
  const inputs = [
    float32(x),
    scalar(level),
    ...(labels === undefined
      ? []
      : [
          {
            shape: [shape[0]!, labels.length],
            dtype: "float32" as const,
            data: Float32Array.from(Array.from({ length: shape[0]! }, () => labels).flat()),
          },
        ]),
  ];
  expect(network.channels).toBe(shape[1]);
  const made = graph(shape);
  const [actual] = await runGraph(made, inputs);
  const error = relativeError(actual!, expected.data);
  const one = [1, ...shape.slice(1)];
  const [v, u, x1] = [random("cotangent", [1, ...expected.shape.slice(1)]), random("direction", one), random("image", one)];
  const small = graph(one);
  const own = await derivative(
    small,
    [
      float32(x1),
      ...inputs.slice(1, 2),
      ...(labels === undefined ? [] : [{ shape: [1, labels.length], dtype: "float32" as const, data: Float32Array.from(labels) }]),
    ],
    v,
    u,
  );
  const reference = difference(forward, x1, v, u);
  const scale = Math.sqrt(v.data.reduce((a, b) => a + b * b, 0));
  const slope = Math.abs(own - reference) / Math.max(Math.abs(reference), 1e-3 * scale);
  console.log(`${name}: forward ${error.toExponential(1)}, derivative ${slope.toExponential(1)}`);
  expect(error).toBeLessThan(forwardBound);
  expect(slope).toBeLessThan(derivativeBound);
}

/** An image that has 2x3 pixels at the coarsest level. */
const imageOf = (levels: number): readonly number[] => [1, 3, 2 ** levels, 3 * 2 ** (levels - 1)];

const oneHot = (classes: number, label: number): readonly number[] => Array.from({ length: classes }, (_, i) => (i === label ? 1 : 0));

const admBase: AdmCase = {
  C: 32,
  mult: [1, 2],
  B: 1,
  attn: [1],
  out: 6,
  updown: true,
  scaleShift: true,
  headChannels: 16,
  newOrder: false,
};
/** Every combination of flags that a published file has, at reduced widths. */
const admCases: Readonly<Record<string, AdmCase>> = {
  "ffhq_10m: one residual block, levels of equal width": { ...admBase, mult: [1, 1, 2] },
  "256x256_diffusion_uncond: two residual blocks, attention at two levels": { ...admBase, B: 2, attn: [0, 1] },
  "256x256_diffusion: classes": { ...admBase, classes: 7 },
  "512x512_diffusion: a half at the first level": { ...admBase, C: 64, mult: [0.5, 1], classes: 5 },
  "128x128_diffusion: four heads": { ...admBase, classes: 5, headChannels: undefined as never, heads: 4 },
  "64x64_diffusion: three residual blocks, new order": { ...admBase, B: 3, newOrder: true, classes: 4 },
  "convolutional resampling, no scale-shift, four heads, no learned variance": {
    ...admBase,
    updown: false,
    scaleShift: false,
    heads: 4,
    headChannels: undefined as never,
    out: 3,
  },
  "convolutional resampling, scale-shift": { ...admBase, updown: false, mult: [1, 1, 2], attn: [0] },
};

describe("ADM", () => {
  it.each(Object.keys(admCases))("%s", async (name) => {
    const o = admCases[name]!;
    const weights = new StateDict();
    const label = o.classes === undefined ? undefined : 2;
    await check(name, {
      weights,
      shape: imageOf(o.mult.length),
      level: 300,
      ...(o.classes === undefined ? {} : { labels: oneHot(o.classes, 2) }),
      forward: (x) => admForward(o, weights, x, 300, label),
      load: () => loaded(weights, { headChannels: o.headChannels, heads: o.heads, newAttentionOrder: o.newOrder }),
    });
  });

  it("works without a label, as guidance needs it", async () => {
    const weights = new StateDict();
    const o = { ...admBase, classes: 5 };
    await check("no label", {
      weights,
      shape: [1, 3, 8, 8],
      level: 17,
      labels: oneHot(5, -1),
      forward: (x) => admForward(o, weights, x, 17),
      load: () => loaded(weights, { headChannels: 16 }),
    });
  });
});

const ddpmCases: Readonly<Record<string, DdpmCase>> = {
  "celeba_hq, lsun: two residual blocks": { ch: 32, mult: [1, 1, 2], B: 2, attn: [1], withConv: true },
  "cifar10: attention at the second of four levels": { ch: 32, mult: [1, 2, 2, 2], B: 2, attn: [1], withConv: true },
  "resampling without convolutions": { ch: 32, mult: [1, 2], B: 1, attn: [0, 1], withConv: false },
};

describe("DDPM of Ho et al.", () => {
  it.each(Object.keys(ddpmCases))("%s", async (name) => {
    const [o, weights] = [ddpmCases[name]!, new StateDict()];
    const side = Math.max(4, 2 ** (o.mult.length - 1));
    await check(name, {
      weights,
      shape: [1, 3, side, 2 * side],
      level: 17,
      forward: (x) => ddpmForward(o, weights, x, 17),
      load: () => loaded(weights),
    });
  });
});

const diffusersBase: DiffusersCase = {
  block_out_channels: [32, 32, 64],
  layers_per_block: 2,
  down_block_types: ["DownBlock2D", "AttnDownBlock2D", "DownBlock2D"],
  up_block_types: ["UpBlock2D", "AttnUpBlock2D", "UpBlock2D"],
  norm_eps: 1e-6,
  attention_head_dim: null,
  downsample_padding: 0,
  resnet_time_scale_shift: "default",
  freq_shift: 1,
  flip_sin_to_cos: false,
};
const two = {
  block_out_channels: [32, 64],
  down_block_types: ["DownBlock2D", "AttnDownBlock2D"],
  up_block_types: ["AttnUpBlock2D", "UpBlock2D"],
  layers_per_block: 1,
};
const diffusersCases: Readonly<Record<string, DiffusersCase & { readonly old?: boolean }>> = {
  "google/ddpm-*-256": diffusersBase,
  "google/ddpm-*: old names of attention": { ...diffusersBase, old: true },
  "google/ddpm-cifar10-32": { ...diffusersBase, block_out_channels: [32, 64, 64], layers_per_block: 1, downsample_padding: 1 },
  "scale-shift, residual resampling, heads of 8": {
    ...diffusersBase,
    ...two,
    resnet_time_scale_shift: "scale_shift",
    downsample_type: "resnet",
    upsample_type: "resnet",
    attention_head_dim: 8,
    freq_shift: 0,
    flip_sin_to_cos: true,
  },
  "scale-shift with a normalised middle": {
    ...diffusersBase,
    ...two,
    resnet_time_scale_shift: "scale_shift",
    attn_norm_num_groups: 16,
    attention_head_dim: 16,
  },
  "ResnetDownsampleBlock2D and ResnetUpsampleBlock2D": {
    ...diffusersBase,
    ...two,
    down_block_types: ["ResnetDownsampleBlock2D", "AttnDownBlock2D"],
    up_block_types: ["AttnUpBlock2D", "ResnetUpsampleBlock2D"],
  },
  "classes, centring, a scaled middle": {
    ...diffusersBase,
    ...two,
    num_class_embeds: 6,
    center_input_sample: true,
    mid_block_scale_factor: Math.SQRT2,
  },
  "no attention in the middle": { ...diffusersBase, ...two, add_attention: false },
};

describe("UNet2DModel", () => {
  it.each(Object.keys(diffusersCases))("%s", async (name) => {
    const { old, ...o } = diffusersCases[name]!;
    const weights = new StateDict();
    await check(name, {
      weights,
      shape: imageOf(o.block_out_channels.length),
      level: 300,
      ...(o.num_class_embeds === undefined ? {} : { labels: oneHot(o.num_class_embeds, 3) }),
      forward: (x) => diffusersForward(o, weights, x, 300, 3, old),
      load: () => loaded(weights, {}, { config: o as unknown as Readonly<Record<string, unknown>> }),
    });
  });
});

const song: EdmCase = {
  kind: "SongUNet",
  precond: "EDMPrecond",
  resolution: 16,
  C: 32,
  mult: [1, 2],
  blocks: 1,
  attn: [1],
  filter: [1, 1],
};
const edmCases: Readonly<Record<string, EdmCase>> = {
  "edm-cifar10-*-uncond-vp: DDPM++": { ...song, blocks: 2 },
  "edm-cifar10-*-cond-vp: labels": { ...song, classes: 4 },
  "edm-ffhq-64x64: three levels": { ...song, mult: [1, 2, 2] },
  "baseline-*-ve: NCSN++": { ...song, precond: "VEPrecond", fourier: true, encoder: "residual", filter: [1, 3, 3, 1] },
  "skips in encoder and decoder": { ...song, precond: "VPPrecond", encoder: "skip", decoder: "skip", filter: [1, 3, 3, 1] },
  "edm-imagenet-64x64-cond-adm: DhariwalUNet": { ...song, kind: "DhariwalUNet", C: 64, attn: [0, 1], classes: 5 },
  "baseline-imagenet-64x64-cond-adm: iDDPM": { ...song, kind: "DhariwalUNet", C: 64, mult: [1, 1], precond: "iDDPMPrecond" },
};

describe("EDM", () => {
  it.each(Object.keys(edmCases))("%s", async (name) => {
    const [o, weights] = [edmCases[name]!, new StateDict()];
    const labels = o.classes === undefined ? undefined : oneHot(o.classes, 1);
    await check(name, {
      weights,
      shape: imageOf(o.mult.length),
      level: 1.3,
      ...(labels === undefined ? {} : { labels }),
      forward: (x) => edmForward(o, weights, x, 1.3, labels),
      load: () => loaded(weights, {}, { edm: { className: o.precond, arguments: {} } }),
    });
  });
});

describe("DRUNet", () => {
  it.each([1, 3])("%i channels", async (channels) => {
    const weights = new StateDict();
    const widths = [8, 16, 24, 32];
    await check(`drunet ${channels}`, {
      weights,
      shape: [1, channels, 8, 16],
      level: 0.1,
      forward: (x) => drunetForward(channels, widths, 2, weights, x, 0.1),
      load: () => loaded(weights),
    });
  });
});
