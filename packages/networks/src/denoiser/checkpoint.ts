import { defaultRematerialisation, defined, defineStage, memberOf, type StageEnvironment } from "@leader/core";
import { basename } from "node:path";
import { roundedToHalves } from "@leader/graph";
import { z } from "zod";
import { errors } from "../error-codes.js";
import type { Network } from "../architectures/architecture.js";
import type { Checkpoint } from "../file/checkpoint.js";
import { loadWeights, recognise, type Recognised } from "../checkpoint/load-network.js";
import { openCheckpoint } from "../checkpoint/open.js";
import { usageOf, type Usage } from "./assumptions.js";
import { checkpointDenoiser, type Guidance } from "./checkpoint-denoiser.js";
import { scheduleFor, scheduleOption } from "./schedules.js";

const options = z.strictObject({
  path: z.string().min(1).describe("a checkpoint (.pt, .pth, .ckpt, .bin, .pkl, .safetensors, .npz) or a folder of diffusers"),
  network: z
    .enum(["adm", "ddpm", "diffusers", "edm", "drunet"])
    .optional()
    .describe("the family of the network; default: recognised by the names of its weights"),
  headChannels: z
    .int()
    .min(1)
    .optional()
    .describe("ADM: channels of an attention head (`num_head_channels`); default: by the table of published files, else 64"),
  heads: z.int().min(1).optional().describe("ADM: number of attention heads (`num_heads`), if they are not counted by channels"),
  newAttentionOrder: z.boolean().optional().describe("ADM: `use_new_attention_order`"),
  predicts: z.enum(["epsilon", "x0", "v", "score"]).optional().describe("what the network returns; default: by file or family"),
  range: z.enum(["[-1,1]", "[0,1]"]).optional().describe("value range of the images that the network was trained on"),
  state: z.enum(["variance-preserving", "variance-exploding"]).optional().describe("which state the network sees"),
  schedule: scheduleOption,
  clipX0: z.boolean().optional().describe("clip the predicted image to the value range in every step"),
  label: z
    .union([z.int().min(0), z.array(z.int().min(0)).min(1)])
    .optional()
    .describe("class of the images, for class-conditional networks; a list: one for each image"),
  guidance: z
    .number()
    .min(0)
    .default(1)
    .describe(
      "classifier-free guidance: how far the prediction is pushed towards the label; other values than 1 evaluate the network twice",
    ),
  nullLabel: z.int().min(0).optional().describe("the class that stands for none in guidance; default: no label"),
  padTo: z
    .union([z.int().min(1).max(1024), z.literal("auto")])
    .default("auto")
    .describe("pad images (mirrored, below and to the right) to multiples of this many pixels for the network; auto: as far as it needs"),
  weights: z
    .enum(["file", "float16"])
    .default("file")
    .describe("float16: round large weights to float16, which some devices keep in half the memory"),
  tiles: z
    .union([z.enum(["auto", "off"]), z.int().min(64).max(8192)])
    .default("auto")
    .describe(
      "the network sees large pictures in overlapping tiles of this many pixels per side, blended in every step; auto: pictures of more than 1024 x 1024 pixels that are restored whole, in tiles of 512 or of what the memory allows",
    ),
  rematerialise: z
    .enum(["nothing", "elementwise", "segments"])
    .optional()
    .describe(
      "for methods that differentiate the network: what the pass back computes again instead of keeping it, to save memory; default: elementwise from 50 million weights on, else nothing",
    ),
});
type Options = z.output<typeof options>;

/** A denoiser from the published file of a network: no Python, no export. */
export const checkpoint = defineStage({
  kind: "denoiser",
  summary: "a diffusion network from its published checkpoint: ADM, DDPM, diffusers, EDM, DRUNet",
  options,
  async create(stated, environment) {
    const path = environment.resolvePath(stated.path);
    const opened = await openCheckpoint(path, (share) => environment.loading?.(basename(path), share));
    try {
      const recognised = recognise(opened, stated.network, stated);
      const { usage, notes } = usageOf(opened, recognised, stated);
      tell(environment, opened, recognised, stated, notes);
      const guidance = guidanceOf(opened, recognised.network, stated, usage);
      const weights = await loadWeights(opened, recognised, stated.weights === "float16" ? rounded : undefined);
      return checkpointDenoiser({
        ...usage,
        // diffusers' "learned" is the variance itself.
        learnedRange: opened.scheduler?.["variance_type"] !== "learned",
        schedule: await scheduleFor(usage.schedule, environment),
        rematerialise: stated.rematerialise ?? defaultRematerialisation(recognised.parameters),
        name: opened.name,
        network: recognised.network,
        weights,
        guidance,
        padTo: stated.padTo,
        tiles: stated.tiles,
      });
    } finally {
      await opened.close();
    }
  },
});

const rounded = (data: Float32Array): Float32Array =>
  Float32Array.from(roundedToHalves({ shape: [data.length], dtype: "float32", data }).data);

/** What was taken for granted, in one line: a wrong guess gives plausible pictures, so that it must be seen. */
function tell(
  environment: StageEnvironment,
  { name, chosen }: Checkpoint,
  { network, known }: Recognised,
  stated: Options,
  notes: readonly string[],
): void {
  const isStated = (key: string): boolean => memberOf(stated, key) !== undefined;
  const settings = Object.entries(network.settings).flatMap(([key, value]) => (isStated(key) ? [] : [`${key}: ${value}`]));
  const assumed = [...settings, ...notes];
  if (assumed.length > 0) {
    const source = known === undefined ? "not in the file, and no published file has its numbers" : `as ${known.names[0]!}`;
    environment.warn(
      "LEADER_CHECKPOINT_ASSUMED",
      `${name} (${network.summary}): assumed ${assumed.join(", ")} (${source}); state them in the denoiser's options to be sure`,
    );
  }
  if (chosen.length > 0) environment.warn("LEADER_CHECKPOINT_CHOSEN", `${name}: read ${chosen.join(", then ")}`);
  if (network.architecture === "drunet")
    environment.warn(
      "LEADER_CHECKPOINT_LEVELS",
      `${name}: DRUNet was trained for noise up to 50/255; noisier levels are beyond its training`,
    );
}

function guidanceOf({ name }: Checkpoint, network: Network, { label, guidance: scale, nullLabel }: Options, usage: Usage): Guidance {
  const fail = (problem: string, hint: string): never => {
    throw errors.CHECKPOINT_OPTION({ file: name, problem, hint });
  };
  const { classes } = network;
  const labels = label === undefined ? undefined : typeof label === "number" ? [label] : label;
  if (classes === undefined)
    return labels === undefined && scale === 1 ? { scale: 1 } : fail("the network has no classes", "leave `label` and `guidance` out");
  const beyond = [...(labels ?? []), ...(nullLabel === undefined ? [] : [nullLabel])].find((n) => n >= classes);
  if (beyond !== undefined)
    return fail(`there is no class ${beyond}: the network has ${classes}`, `classes are numbered from 0 to ${classes - 1}`);
  if (labels === undefined && network.unconditional !== true)
    return fail(`the network is conditional on ${classes} classes`, "state the class of the images as `label`");
  if (labels === undefined && scale !== 1) return fail("guidance needs a class to push towards", "state it as `label`");
  if (scale !== 1 && usage.predicts === "score")
    return fail("guidance of a score is not defined here", "state `predicts: epsilon` if the network predicts noise");
  return { scale, ...defined({ labels, nullLabel }) };
}
