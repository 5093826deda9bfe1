import { noiseLevel } from "leader-restore";
import { z } from "zod";

/** What is known about a restoration besides its arrays: the content of `run.json`. */

const stageSchema = z.strictObject({ use: z.string(), with: z.unknown() });

const stepSchema = z.strictObject({
  step: z.int().min(0),
  from: z.number(),
  /** The cleaner level that was reached; absent if the scheduler stopped the run here. */
  to: z.number().optional(),
  travelTo: z.number().optional(),
  /** Network evaluations so far. */
  evaluations: z.int().min(0).optional(),
  /** Wall-clock time of the step. */
  ms: z.number().optional(),
  observed: z.record(z.string(), z.number()),
});

const frameSchema = z.strictObject({ step: z.int().min(0), stride: z.int().min(1), variance: z.boolean() });

/** Version of the folder that holds a run. */
export const runFormat = "leader-run/1";

export const runFactsSchema = z.strictObject({
  format: z.literal(runFormat),
  /** ISO 8601, UTC. */
  created: z.string(),
  /** Name of the input file, without its folder. */
  input: z.string(),
  machine: z.strictObject({ node: z.string(), system: z.string(), processor: z.string(), cores: z.int(), memoryMiB: z.number() }),
  leader: z.string(),
  /** "name@version" */
  plugins: z.array(z.string()),
  pipeline: z.strictObject({
    hash: z.string(),
    apiVersion: z.string(),
    seed: z.int(),
    noise: noiseLevel,
    /** Restorations of which the result is the mean; the steps and the frames are those of the first. Absent: one. */
    meanOf: z.int().min(2).optional(),
    stages: z.record(z.string(), stageSchema),
  }),
  /** The seed that was used, and the number of the picture in its batch: both are part of the noise. */
  seed: z.int(),
  image: z.int(),
  backend: z.string(),
  maxSteps: z.int(),
  outcome: z.string(),
  reason: z.string(),
  evaluations: z.int(),
  seconds: z.strictObject({ load: z.number(), compile: z.number(), sampling: z.number(), network: z.number(), update: z.number() }),
  peakMemoryMiB: z.number(),
  warnings: z.array(z.strictObject({ code: z.string(), message: z.string() })),
  steps: z.array(stepSchema),
  /** The pictures that were kept, each as `<name>.npy`. */
  pictures: z.array(z.enum(["measurement", "pseudo-inverse", "baseline", "restored", "mean", "deviation", "reference"])),
  /** Restorations of the measurement, the first of which is shown; `mean` and `deviation` are of them all. Absent: one. */
  samples: z.int().min(2).optional(),
  frames: z.array(frameSchema),
});

export type RunFacts = z.output<typeof runFactsSchema>;
export type StepFacts = RunFacts["steps"][number];
export type PictureName = RunFacts["pictures"][number];
