import type { GoldenCase } from "./golden-case.js";
import { StateDict, type Arr } from "./restated/arrays.js";

const names: readonly (readonly [RegExp, string])[] = [
  [/^temb\.dense\.0/u, "time_embedding.linear_1"],
  [/^temb\.dense\.1/u, "time_embedding.linear_2"],
  [/^down\.(\d+)/u, "down_blocks.$1"],
  [/^mid\.block_1/u, "mid_block.resnets.0"],
  [/^mid\.attn_1/u, "mid_block.attentions.0"],
  [/^mid\.block_2/u, "mid_block.resnets.1"],
  [/^norm_out/u, "conv_norm_out"],
  [/\.block\./u, ".resnets."],
  [/\.attn\./u, ".attentions."],
  [/temb_proj/u, "time_emb_proj"],
  [/nin_shortcut/u, "conv_shortcut"],
  [/downsample\.conv/u, "downsamplers.0.conv"],
  [/upsample\.conv/u, "upsamplers.0.conv"],
];
const attention: readonly (readonly [RegExp, string])[] = [
  [/\.(q|k|v)\./u, ".to_$1."],
  [/\.proj_out\./u, ".to_out.0."],
  [/\.norm\./u, ".group_norm."],
];

/** A DDPM of Ho et al. under the names of diffusers' UNet2DModel, as the folders `google/ddpm-*` hold it. */
export function asDiffusers(
  { arguments: { ch = 0, ch_mult: mult = [], num_res_blocks: blocks, attn_resolutions: at = [] }, shape }: GoldenCase,
  ddpm: StateDict,
): { readonly weights: StateDict; readonly config: Readonly<Record<string, unknown>> } {
  const weights = new StateDict();
  for (const [key, tensor] of ddpm.entries) {
    let name = key.replace(/^up\.(\d+)/u, (_, level: string) => `up_blocks.${mult.length - 1 - Number(level)}`);
    for (const [pattern, text] of names) name = name.replace(pattern, text);
    const attends = name.includes("attentions");
    if (attends) for (const [pattern, text] of attention) name = name.replace(pattern, text);
    weights.entries.set(name, attends ? flat(tensor) : tensor);
  }
  const has = mult.map((_, level) => at.includes(shape[2]! >> level));
  const config = {
    block_out_channels: mult.map((m) => m * ch),
    layers_per_block: blocks,
    down_block_types: has.map((attends) => (attends ? "AttnDownBlock2D" : "DownBlock2D")),
    up_block_types: [...has].reverse().map((attends) => (attends ? "AttnUpBlock2D" : "UpBlock2D")),
    norm_eps: 1e-6,
    attention_head_dim: null,
    downsample_padding: 0,
    resnet_time_scale_shift: "default",
    freq_shift: 1,
    flip_sin_to_cos: false,
  };
  return { weights, config };
}

/** The map of a 1x1 convolution as a matrix. */
const flat = ({ shape, data }: Arr): Arr => ({ shape: shape.length === 4 ? shape.slice(0, 2) : shape, data });
