import { z } from "zod";
import { errors } from "../error-codes.js";

const down = ["DownBlock2D", "AttnDownBlock2D", "ResnetDownsampleBlock2D"] as const;
const up = ["UpBlock2D", "AttnUpBlock2D", "ResnetUpsampleBlock2D"] as const;
const resampling = z.enum(["conv", "resnet"]).nullable();

/** `config.json` of a `UNet2DModel`, with the defaults of the class; what it does not decide is ignored. */
const schema = z.object({
  in_channels: z.int().min(1).max(64).default(3),
  out_channels: z.int().min(1).max(64).default(3),
  block_out_channels: z.array(z.int().min(1).max(8192)).min(1).max(12).default([224, 448, 672, 896]),
  layers_per_block: z.int().min(1).max(64).default(2),
  down_block_types: z.array(z.string()).default(["DownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D"]),
  up_block_types: z.array(z.string()).default(["AttnUpBlock2D", "AttnUpBlock2D", "AttnUpBlock2D", "UpBlock2D"]),
  norm_num_groups: z.int().min(1).default(32),
  norm_eps: z.number().positive().default(1e-5),
  attention_head_dim: z.int().min(1).nullable().default(8),
  attn_norm_num_groups: z.int().min(1).nullable().default(null),
  add_attention: z.boolean().default(true),
  mid_block_scale_factor: z.number().positive().default(1),
  mid_block_type: z.string().nullable().default("UNetMidBlock2D"),
  downsample_padding: z.int().min(0).max(1).default(1),
  downsample_type: resampling.default("conv"),
  upsample_type: resampling.default("conv"),
  resnet_time_scale_shift: z.enum(["default", "scale_shift"]).default("default"),
  freq_shift: z.number().default(0),
  flip_sin_to_cos: z.boolean().default(true),
  time_embedding_type: z.string().default("positional"),
  time_embedding_dim: z.int().min(1).nullable().default(null),
  act_fn: z.enum(["silu", "swish", "mish", "gelu", "relu"]).default("silu"),
  class_embed_type: z.string().nullable().default(null),
  num_class_embeds: z.int().min(1).nullable().default(null),
  center_input_sample: z.boolean().default(false),
});

export type DiffusersConfig = z.output<typeof schema>;

/**
 * Checks a `config.json`.
 * @throws CHECKPOINT_UNREADABLE with the field; CHECKPOINT_UNKNOWN for parts of other networks, by name.
 */
export function diffusersConfig(json: Readonly<Record<string, unknown>>, file: string): DiffusersConfig {
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw errors.CHECKPOINT_UNREADABLE({ file, problem: `config.json: \`${issue?.path.join(".") ?? ""}\`: ${issue?.message ?? ""}` });
  }
  const problem = problemOf(parsed.data);
  if (problem !== undefined)
    throw errors.CHECKPOINT_UNKNOWN({
      file,
      problem,
      known: ["UNet2DModel of DownBlock2D, AttnDownBlock2D, ResnetDownsampleBlock2D and their counterparts"],
      keys: [],
    });
  return parsed.data;
}

function problemOf(config: DiffusersConfig): string | undefined {
  const levels = config.block_out_channels.length;
  if (config.down_block_types.length !== levels || config.up_block_types.length !== levels)
    return `config.json lists ${levels} widths, but ${config.down_block_types.length} blocks down and ${config.up_block_types.length} up`;
  const other = config.down_block_types.find((type) => !isOneOf(down, type)) ?? config.up_block_types.find((type) => !isOneOf(up, type));
  if (other !== undefined) return `it has blocks of the type \`${other}\``;
  if (config.mid_block_type !== null && config.mid_block_type !== "UNetMidBlock2D") return `its middle is a \`${config.mid_block_type}\``;
  if (config.time_embedding_type !== "positional") return `its time embedding is \`${config.time_embedding_type}\``;
  if (config.class_embed_type !== null) return `its classes are embedded by \`${config.class_embed_type}\``;
  const odd = config.block_out_channels.find((width) => width % config.norm_num_groups !== 0);
  return odd === undefined ? undefined : `${odd} channels do not split into ${config.norm_num_groups} groups`;
}

const isOneOf = (names: readonly string[], name: string): boolean => names.includes(name);

/** What a block of some type has besides its residual blocks. */
export interface BlockParts {
  readonly attention: boolean;
  /** How it resamples: a convolution, a residual block, or not at all. */
  readonly resampling: "conv" | "resnet" | undefined;
}

export function blockParts(type: string, attnResampling: "conv" | "resnet" | null): BlockParts {
  if (type.startsWith("Attn")) return { attention: true, resampling: attnResampling ?? undefined };
  return { attention: false, resampling: type.startsWith("Resnet") ? "resnet" : "conv" };
}
