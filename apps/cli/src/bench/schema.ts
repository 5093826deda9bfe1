import { composingKeys } from "leader-restore";
import { z } from "zod";

/** The version of the bench file format. */
export const benchVersion = "leader-bench/v1";

const stage = z.strictObject({
  use: z.string().describe('the stage: "<package>#<stage>" or "./file.js#<stage>"'),
  with: z.record(z.string(), z.unknown()).nullish().describe("its options"),
});

/** Stages that a file may state for everything, for a task, for a method, or for a method on a task; the last one counts. */
const stages = {
  denoiser: stage.optional(),
  baseline: stage.optional(),
  wrapper: stage.optional(),
  uncertainty: stage.optional(),
  modulator: stage.optional(),
  scheduler: stage.optional(),
  backend: stage.optional(),
};

const name = z.string().regex(/^[a-z0-9][a-z0-9.-]*$/u, "expected a name of small letters, digits, dots and dashes");
const seed = z.int().min(0).max(4_294_967_295);
const size = z.int().min(1).describe("pictures are cropped to this many pixels per side, around their centre");
const limit = z.int().min(1).describe("use only the first pictures, in the order of their names");

const metric = z.strictObject({
  use: z.enum(["psnr", "ssim", "ms-ssim", "lpips", "residual", "distance", "rank-correlation"]),
  name: name.optional().describe("how the file calls it; default: `use`"),
  colour: z
    .enum(["rgb", "y", "y-16-235"])
    .optional()
    .describe("psnr, ssim, ms-ssim: all channels, or luma over the full range or from 16 to 235"),
  crop: z.int().min(0).optional().describe("psnr, ssim, ms-ssim: pixels left out at every side"),
  window: z.enum(["gaussian-11", "uniform-7"]).optional().describe("ssim: the window"),
  file: z.string().optional().describe("lpips: the network that `leader import-lpips` made"),
  over: z.enum(["blocks", "pixels"]).optional().describe("rank-correlation: means of 8x8 blocks, or single pixels"),
  to: name.optional().describe("distance: the method whose result is compared with"),
});

const claim = z.strictObject({
  text: z.string().min(1).describe("what is claimed, for people"),
  method: name,
  metric: z.string().describe("name of a metric of the file, or `evaluations`"),
  than: name.optional().describe("the method must be better than this one"),
  atMost: z.number().optional().describe("every value must be at most this"),
  noWorseBy: z.number().min(0).optional().describe("with `than`: by how much the mean may be worse"),
  tasks: z.array(name).min(1).optional().describe("default: all"),
});

const values = z.record(
  z.string().regex(/^[a-z]+\.with(?:\.[A-Za-z0-9]+)+$/u, "expected the path of an option, such as modulator.with.weight"),
  z.array(z.unknown()).min(1),
);

const sweep = z
  .strictObject({
    grid: values.optional().describe("option paths and lists of values: every combination"),
    pairs: values.optional().describe("option paths and lists of equal length: the first of each, the second of each, ..."),
    along: z.string().optional().describe("the option that a curve runs along; default: the first. Other values make curves of their own"),
  })
  .refine(({ grid, pairs }) => (grid === undefined) !== (pairs === undefined), { message: "give either `grid` or `pairs`" })
  .refine(({ grid, pairs }) => Object.keys(grid ?? pairs ?? {}).length > 0, { message: "give at least one option" })
  .refine(({ pairs }) => new Set(Object.values(pairs ?? {}).map((list) => list.length)).size <= 1, {
    message: "the lists of `pairs` must be equally long",
  })
  .refine(({ grid, pairs, along }) => along === undefined || along in (grid ?? pairs ?? {}), {
    message: "`along` must be one of the swept options",
  });

const frontier = z.strictObject({
  title: z.string().optional(),
  method: name.describe("a swept method: its points are judged"),
  than: name.describe("a swept method: its curve is what they are compared with"),
});

/** A bench file. */
export const benchSchema = z.strictObject({
  apiVersion: z.literal(benchVersion).describe("version of this file format"),
  ...composingKeys,
  title: z.string().min(1),
  description: z.string().optional(),
  images: z.strictObject({ path: z.string().min(1).describe("folder of clean pictures, or one picture"), size, limit: limit.optional() }),
  seeds: z.array(seed).min(1).default([0]),
  common: z.strictObject(stages).default({}),
  tasks: z.record(
    name,
    z.strictObject({
      title: z.string().optional(),
      operator: stage,
      noise: z.number().min(0).max(1).default(0).describe("standard deviation of the measurement's noise for images in [0,1]"),
      ...stages,
    }),
  ),
  methods: z.record(
    name,
    z.strictObject({
      title: z.string().optional(),
      against: name.optional().describe("the method that this one is compared with"),
      skip: z.array(name).optional().describe("tasks that this method cannot do"),
      on: z.record(name, z.strictObject(stages)).optional().describe("other stages for single tasks"),
      sweep: sweep.optional().describe("makes a method of every point"),
      samples: z.int().min(2).max(64).optional().describe("restorations of each measurement; measured is their mean"),
      ...stages,
    }),
  ),
  metrics: z.array(metric).min(1),
  trajectory: z
    .strictObject({ at: z.array(z.int().min(1)).min(1) })
    .optional()
    .describe("also follow the estimate of the clean image: its PSNR and the mean uncertainty after so many evaluations"),
  paper: z
    .strictObject({
      source: z.string().min(1),
      note: z.string().optional().describe("how the published setting differs"),
      values: z.record(name, z.record(name, z.record(z.string(), z.number()))).describe("method, task, column: the published number"),
    })
    .optional(),
  claims: z.array(claim).default([]),
  frontiers: z.array(frontier).default([]).describe("curves in the plane of `psnr` and `lpips` that are compared"),
  quick: z
    .strictObject({
      images: z.strictObject({ size: size.optional(), limit: limit.optional() }).optional(),
      seeds: z.array(seed).min(1).optional(),
      tasks: z.array(name).min(1).optional(),
      methods: z.array(name).min(1).optional(),
    })
    .default({})
    .describe("what `--quick` does instead"),
});

export type Sweep = z.output<typeof sweep>;
export type BenchFile = z.output<typeof benchSchema>;
export type MetricChoice = BenchFile["metrics"][number];
export type Claim = BenchFile["claims"][number];

/** Stages that can be stated at several places of a bench file. */
export const sharedRoles = ["denoiser", "baseline", "wrapper", "uncertainty", "modulator", "scheduler", "backend"] as const;

/** How the file calls a metric. */
export const nameOfMetric = ({ use, name: given }: MetricChoice): string => given ?? use;
