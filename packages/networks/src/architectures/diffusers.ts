import { recordOf, type Tensor } from "@leader/core";
import {
  attend,
  byHead,
  conv3,
  convolution,
  enlarge,
  groupNorm,
  labelEmbedding,
  pointwise,
  positionalEmbedding,
  relu,
  silu,
  type Layers,
} from "../layers/layers.js";
import { errors } from "../error-codes.js";
import type { Architecture, NetworkInputs } from "./architecture.js";
import { downsample } from "./ddpm.js";
import { blockParts, diffusersConfig, type BlockParts, type DiffusersConfig } from "./diffusers-config.js";
import { residual, timeEmbedding, type ResidualStyle } from "./residual.js";

/** `UNet2DModel` of diffusers, from its `config.json`. */
export const diffusers: Architecture = {
  name: "diffusers",
  title: "UNet2DModel (diffusers)",
  recognises: (shapes, { config }) =>
    config !== undefined || (shapes.has("time_embedding.linear_1.weight") && shapes.has("conv_in.weight")),
  describe(_, { config: json, name }) {
    if (json === undefined) {
      const problem = "these are weights of diffusers without their `config.json`";
      throw errors.CHECKPOINT_OPTION({ file: name, problem, hint: "give the folder that holds both as `path`" });
    }
    const config = diffusersConfig(json, name);
    const widths = config.block_out_channels;
    return {
      architecture: "diffusers",
      summary: `UNet2DModel, ${widths.join(",")} channels, ${config.layers_per_block} residual blocks a level`,
      channels: config.in_channels,
      outputs: config.out_channels,
      ...(config.num_class_embeds === null ? {} : { classes: config.num_class_embeds }),
      multiple: 2 ** (widths.length - 1),
      settings: {},
      conditioning: "timestep",
      ignores: () => false,
      flagFor,
      build: (net, inputs) => build(config, net, inputs),
    };
  },
};

const explanations: readonly (readonly [RegExp, string])[] = [
  [/mid_block\.attentions/u, "add_attention or attn_norm_num_groups"],
  [/attentions/u, "down_block_types, up_block_types"],
  [/downsamplers|upsamplers/u, "down_block_types, downsample_type or upsample_type"],
  [/time_emb_proj/u, "resnet_time_scale_shift"],
  [/class_embedding/u, "num_class_embeds"],
  [/time_embedding/u, "time_embedding_dim"],
  [/resnets/u, "block_out_channels or layers_per_block"],
  [/conv_(in|out)/u, "in_channels, out_channels"],
];
const flagFor = (key: string): string | undefined => explanations.find(([pattern]) => pattern.test(key))?.[1];

const erfGelu = (x: Tensor): Tensor => x.mul(0.5).mul(x.mul(Math.SQRT1_2).erf().add(1));
/** x tanh(softplus x) = x (u^2 + 2u) / (u^2 + 2u + 2) with u = e^x; beyond 20 it is x. */
function mish(x: Tensor): Tensor {
  const u = x.minimum(20).exp();
  const both = u.square().add(u.mul(2));
  return x.mul(both.div(both.add(2)));
}
const activations = { silu, swish: silu, mish, gelu: erfGelu, relu } as const;

interface Context {
  readonly config: DiffusersConfig;
  readonly style: ResidualStyle;
  readonly emb: Tensor;
}

function build(config: DiffusersConfig, net: Layers, { x, level, labels }: NetworkInputs): Tensor {
  const widths = config.block_out_channels;
  const style: ResidualStyle = {
    timeProjection: "time_emb_proj",
    shortcut: "conv_shortcut",
    groups: config.norm_num_groups,
    epsilon: config.norm_eps,
    scaleShift: config.resnet_time_scale_shift === "scale_shift",
    activation: activations[config.act_fn],
  };
  const context: Context = { config, style, emb: embedding(config, net, level, labels, activations[config.act_fn]) };
  let h = conv3(net.at("conv_in"), config.center_input_sample ? x.mul(2).sub(1) : x, widths[0]!);
  const skips = [h];
  for (const [i, type] of config.down_block_types.entries()) {
    const states = downBlock(context, net.at("down_blocks").at(i), h, {
      out: widths[i]!,
      last: i === widths.length - 1,
      ...blockParts(type, config.downsample_type),
    });
    skips.push(...states);
    h = states.at(-1)!;
  }
  if (config.mid_block_type !== null) h = middle(context, net.at("mid_block"), h);
  for (const [i, type] of config.up_block_types.entries()) {
    const level = widths.length - 1 - i;
    h = upBlock(context, net.at("up_blocks").at(i), h, skips, {
      out: widths[level]!,
      last: level === 0,
      ...blockParts(type, config.upsample_type),
    });
  }
  const normal = groupNorm(net.at("conv_norm_out"), h, style.groups, style.epsilon);
  return conv3(net.at("conv_out"), silu(normal), config.out_channels);
}

function embedding(
  config: DiffusersConfig,
  net: Layers,
  level: Tensor,
  labels: Tensor | undefined,
  activation: (x: Tensor) => Tensor,
): Tensor {
  const channels = config.block_out_channels[0]!;
  const width = config.time_embedding_dim ?? 4 * channels;
  const e = positionalEmbedding(level, { channels, shift: config.freq_shift, first: config.flip_sin_to_cos ? "cos" : "sin" });
  const [first, second] = [net.at("time_embedding.linear_1"), net.at("time_embedding.linear_2")];
  const classes = config.num_class_embeds;
  if (classes === null && activation === silu) return timeEmbedding(first, second, e, width);
  const emb = pointwise(second, silu(pointwise(first, e, width, "linear")), width, "linear");
  if (classes === null) return activation(emb);
  const table = net.at("class_embedding").weight("weight", [classes, width]);
  return activation(labels === undefined ? emb : emb.add(labelEmbedding(labels, table)));
}

interface BlockOptions extends BlockParts {
  readonly out: number;
  readonly last: boolean;
}

function downBlock({ config, style, emb }: Context, net: Layers, x: Tensor, { out, last, attention, resampling }: BlockOptions): Tensor[] {
  const states: Tensor[] = [];
  let h = x;
  for (let j = 0; j < config.layers_per_block; j++) {
    h = residual(style, net.at("resnets").at(j), h, emb, { out });
    if (attention) h = attentionBlock(config, net.at("attentions").at(j), h, config.norm_num_groups);
    states.push(h);
  }
  if (last || resampling === undefined) return states;
  const at = net.at("downsamplers.0");
  if (resampling === "resnet") states.push(residual(style, at, h, emb, { out, resample: "down" }));
  else if (config.downsample_padding === 0) states.push(downsample(at.at("conv"), h, out));
  else states.push(convolution(at.at("conv"), h, out, 3, { stride: 2 }));
  return states;
}

function upBlock(
  { config, style, emb }: Context,
  net: Layers,
  x: Tensor,
  skips: Tensor[],
  { out, last, attention, resampling }: BlockOptions,
): Tensor {
  let h = x;
  for (let j = 0; j <= config.layers_per_block; j++) {
    h = residual(style, net.at("resnets").at(j), h.concat([skips.pop()!], 1), emb, { out });
    if (attention) h = attentionBlock(config, net.at("attentions").at(j), h, config.norm_num_groups);
  }
  if (last || resampling === undefined) return h;
  const at = net.at("upsamplers.0");
  return resampling === "resnet" ? residual(style, at, h, emb, { out, resample: "up" }) : conv3(at.at("conv"), enlarge(h), out);
}

function middle({ config, style, emb }: Context, net: Layers, x: Tensor): Tensor {
  const options = { out: x.shape[1]!, scale: config.mid_block_scale_factor };
  const groups = config.attn_norm_num_groups ?? (style.scaleShift ? undefined : config.norm_num_groups);
  let h = residual(style, net.at("resnets.0"), x, emb, options);
  if (config.add_attention) h = attentionBlock(config, net.at("attentions.0"), h, groups, options.scale);
  return residual(style, net.at("resnets.1"), h, emb, options);
}

/** Old files name the four maps otherwise. */
const oldNames = { to_q: "query", to_k: "key", to_v: "value", "to_out.0": "proj_attn" } as const;

/** Head h owns channels h d .. (h + 1) d - 1 of q, k and v alike. Without `groups` nothing is normalised. */
function attentionBlock(config: DiffusersConfig, net: Layers, x: Tensor, groups: number | undefined, scale = 1): Tensor {
  const c = x.shape[1]!;
  const heads = config.attention_head_dim === null ? 1 : Math.floor(c / config.attention_head_dim);
  const old = net.has("query.weight");
  const at = (name: keyof typeof oldNames): Layers => net.at(old ? oldNames[name] : name);
  const normal = groups === undefined ? x : groupNorm(net.at("group_norm"), x, groups, config.norm_eps);
  const byName = recordOf(["to_q", "to_k", "to_v"], (name) => byHead(pointwise(at(name), normal, c, "linear"), heads));
  const { to_q: q, to_k: k, to_v: v } = byName;
  const sum = x.add(pointwise(at("to_out.0"), attend({ q, k, v }, x.shape), c, "linear"));
  return scale === 1 ? sum : sum.div(scale);
}
