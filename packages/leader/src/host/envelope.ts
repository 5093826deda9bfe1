import type { StageKind } from "@leader/core";
import { hasKey, keysOf, memberOf } from "@leader/graph";
import { z } from "zod";
import { evenIfEqual, growingNoise } from "../noise/noise-level.js";
import { paramsSchema } from "./param-schema.js";

/** The version of the pipeline file format. */
export const fileVersion = "leader/v1";

const stage = z.strictObject({
  use: z.string().describe('the stage: "<package>#<stage>" or "./file.js#<stage>"'),
  with: z.record(z.string(), z.unknown()).nullish().describe("its options"),
});

/** The most restorations of one measurement. */
export const mostSamples = 1000;

/** A stage and its options, as a pipeline file writes them. */
export type StageReference = z.input<typeof stage>;

/** What a file is put together from; it is gone when the file is read. */
export const composing = {
  extends: z
    .string()
    .optional()
    .describe('what this file adds to: "<package>#<preset>" such as "@leader/presets#ddnm/bicubic-x4", or a file, relative to this one'),
  params: paramsSchema.optional().describe("values that are set by name, with --param name=value"),
};

/** The pipeline file without the options of its stages, which belong to the plugins. */
export const envelope = z.strictObject({
  apiVersion: z.literal(fileVersion).describe("version of this file format"),
  ...composing,
  seed: z.int().min(0).max(4_294_967_295).default(0).describe("seed of the noise; 0 is a seed like any other"),
  noise: z
    .union([z.number().min(0).max(1), z.literal("auto"), growingNoise.transform(evenIfEqual)])
    .default(0)
    .describe(
      "standard deviation of the measurement's noise for images in [0,1]: one number, 0 for noise-free; or { black, white } where its variance grows with brightness from the one to the other; auto: estimated from each measurement",
    ),
  samples: z
    .int()
    .min(1)
    .max(mostSamples)
    .default(1)
    .describe("restorations of each measurement, with noise of their own; their mean and standard deviation are results too"),
  meanOf: z
    .int()
    .min(1)
    .max(mostSamples)
    .default(1)
    .describe(
      "the result is the mean of so many restorations, each with noise of its own and as many evaluations: nearer on average, and smoother",
    ),
  operator: stage.describe("the degradation y = A x"),
  baseline: stage.describe("the sampler"),
  wrapper: stage.optional().describe("changes how the baseline samples (EquS)"),
  denoiser: stage.optional().describe("the diffusion prior"),
  uncertainty: stage.optional().describe("the estimator of the posterior variance"),
  modulator: stage.optional().describe("changes the prior by its uncertainty (UCPM)"),
  scheduler: stage.optional().describe("chooses the steps (SATP, a uniform grid, ...)"),
  backend: stage.optional().describe("where the graphs run"),
  ucpm: stage.optional().describe("another name of `modulator`"),
  satp: stage.optional().describe("another name of `scheduler`"),
});

export type Envelope = z.output<typeof envelope>;

/** The stages of a pipeline; every role is played by a stage of the kind of the same name. */
export const roles = [
  "operator",
  "denoiser",
  "baseline",
  "wrapper",
  "uncertainty",
  "modulator",
  "scheduler",
  "backend",
] as const satisfies readonly StageKind[];

/** Names of the method's parts that a file may use for the roles they play. */
export const aliases = { ucpm: "modulator", satp: "scheduler" } as const satisfies Readonly<Record<string, StageKind>>;

/** The other name of a key of the file, if it has two. */
export const otherNameOf = (key: string): string | undefined =>
  hasKey(aliases, key) ? aliases[key] : keysOf(aliases).find((alias) => aliases[alias] === key);

/** The key under which a role stands in the document. */
export function keyOfRole(document: { readonly value: unknown }, role: StageKind): string {
  const alias = keysOf(aliases).find((key) => aliases[key] === role);
  const { value } = document;
  return alias !== undefined && memberOf(value, role) === undefined && memberOf(value, alias) !== undefined ? alias : role;
}
