import { coreErrors, defineStage, uniformSteps, type LevelWalkState, type ObservedStep, type StepScheduler } from "@leader/core";
import { z } from "zod";

const options = z.strictObject({
  steps: z.int().min(1).default(100).describe("T, the levels of the uniform grid on which steps are counted"),
  budget: z.number().min(0).default(0.1).describe("B, the information loss that a step may cost; 0 skips nothing. The paper: 0.01"),
  eta: z.number().positive().default(1).describe("scale of the step"),
  rho: z.number().min(1).default(1).describe("local error order of the sampler; 1 for DDIM"),
  epsilon: z.number().positive().default(1e-8).describe("keeps the quotient finite where nothing is uncertain"),
  confidence: z
    .number()
    .min(0)
    .default(2)
    .describe("standard errors added to the uncertainty, so that a noisy estimate does not allow a long step"),
  dataVariance: z.number().positive().default(0.25).describe("upper bound of the uncertainty, the variance of image values in [-1,1]"),
  longestStep: z
    .number()
    .positive()
    .max(1)
    .nullable()
    .default(0.02)
    .describe(
      "the largest share of the way from noise to image that one step may go, if the grid's own steps are shorter: 2 of 100 positions; null is the paper's rule, without a limit",
    ),
});

/**
 * State-aware trajectory pruning, eqs 18-19:
 *
 *   dt = max(1, floor(eta (B / (U_t + epsilon))^(1/rho))),   t_next = max(0, t - dt)
 *
 * t counts positions on a uniform grid of T steps, so dt = 1 skips nothing. U_t is an upper confidence bound,
 * min(U + confidence * standard error, data variance): the estimators that cost nothing are too noisy at high noise to
 * be taken at face value.
 *
 * Deviations from the paper: that bound, and `longestStep`. As U_t falls to 0 at the clean end, eq. 19 allows strides of ten
 * positions and more there, to levels whose noise no longer covers what the estimate got wrong, so that the network cannot
 * mend it. Short strides from higher up save more evaluations and cost less (docs/bench.md, "Tuning"). The limit is a share of the whole way
 * and not a number of positions, since two positions of a coarse grid are too far: of 50 uniform steps or fewer none is skipped by default.
 */
export const satpScheduler = (o: z.output<typeof options>): StepScheduler<LevelWalkState> => ({
  observes: ["uncertainty", "uncertainty.standardError"],
  travels: false,
  maxSteps: () => o.steps,
  start(schedule) {
    const levels = uniformSteps(schedule, o.steps);
    return { from: levels[0]!, state: { levels, at: 0 } };
  },
  decide(observed, { levels, at }) {
    const stride = Math.max(1, Math.floor(o.eta * (o.budget / (upperBound(observed, o) + o.epsilon)) ** (1 / o.rho)));
    const next = Math.min(levels.length - 1, at + Math.min(stride, longestStride(o)));
    return { decision: { kind: "step", from: observed.from, to: levels[next]! }, state: { levels, at: next } };
  },
});

/** The most positions of the grid that one step may go. */
const longestStride = ({ steps, longestStep }: z.output<typeof options>): number =>
  // The tolerance keeps 0.29 of 100 at 29, which floating point makes a little less.
  longestStep === null ? Infinity : Math.max(1, Math.floor(longestStep * steps + 1e-9));

/** The uncertainty that the step must reckon with. */
function upperBound(step: ObservedStep, o: { readonly confidence: number; readonly dataVariance: number }): number {
  const mean = step.observed["uncertainty"] ?? NaN;
  const standardError = step.observed["uncertainty.standardError"] ?? NaN;
  const bound = Math.max(0, mean) + o.confidence * standardError;
  if (Number.isNaN(bound)) {
    throw coreErrors.BAD_ARGUMENT({
      function: "satp",
      expected: "numbers for `uncertainty` and `uncertainty.standardError`",
      received: `${mean} and ${standardError} at level ${step.from}`,
    });
  }
  return Math.min(bound, o.dataVariance);
}

export const satp = defineStage({
  kind: "scheduler",
  summary: "SATP: skips steps while the posterior uncertainty is low",
  options,
  requires: ["prior.uncertainty"],
  create: satpScheduler,
});
