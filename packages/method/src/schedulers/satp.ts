import { coreErrors, defineStage, levelScalars, uniformSteps, type ObservedStep, type StepScheduler } from "@leader/core";
import { z } from "zod";

const options = z.strictObject({
  steps: z.int().min(1).default(100).describe("T, the levels of the uniform grid on which steps are counted"),
  budget: z.number().min(0).default(0.3).describe("B, the information loss that a step may cost; 0 skips nothing. The paper: 0.01"),
  eta: z.number().positive().default(1).describe("scale of the step"),
  rho: z.number().min(1).default(1).describe("local error order of the sampler; 1 for DDIM"),
  epsilon: z.number().positive().default(1e-8).describe("keeps the quotient finite where nothing is uncertain"),
  confidence: z
    .number()
    .min(0)
    .default(2)
    .describe("standard errors added to the uncertainty, so that a noisy estimate does not allow a long step"),
  dataVariance: z.number().positive().default(0.25).describe("upper bound of the uncertainty, the variance of image values in [-1,1]"),
  largestRatio: z
    .number()
    .min(1)
    .nullable()
    .default(1.3)
    .describe(
      "the most that one step may divide sigma by, if the grid's own steps divide it by less; null is the paper's rule, without a limit",
    ),
});

/** A place on the grid. */
interface WalkState {
  readonly levels: readonly number[];
  /** Noise of the levels. */
  readonly sigmas: readonly number[];
  readonly at: number;
}

/**
 * State-aware trajectory pruning, eqs 18-19:
 *
 *   dt = max(1, floor(eta (B / (U_t + epsilon))^(1/rho))),   t_next = max(0, t - dt)
 *
 * t counts positions on a uniform grid of T steps, so dt = 1 skips nothing. U_t is an upper confidence bound,
 * min(U + confidence * standard error, data variance): the estimators that cost nothing are too noisy at high noise to
 * be taken at face value.
 *
 * Deviations from the paper: that bound, and `largestRatio`. As U_t falls to 0 at the clean end, eq. 19 allows strides of ten
 * positions and more there, to levels whose noise no longer covers what the estimate got wrong, so that the network cannot
 * mend it. Short strides from higher up save more evaluations and cost less (docs/bench.md, "Tuning"). The limit is a ratio and not a
 * number of positions, since a position of a coarse grid is far, and near the clean level any is: there none is skipped.
 */
export const satpScheduler = (o: z.output<typeof options>): StepScheduler<WalkState> => ({
  observes: ["uncertainty", "uncertainty.standardError"],
  travels: false,
  maxSteps: () => o.steps,
  start(schedule) {
    const levels = uniformSteps(schedule, o.steps);
    return { from: levels[0]!, state: { levels, sigmas: levels.map((level) => levelScalars(schedule, level).sigma), at: 0 } };
  },
  decide(observed, state) {
    const stride = Math.max(1, Math.floor(o.eta * (o.budget / (upperBound(observed, o) + o.epsilon)) ** (1 / o.rho)));
    const next = withinRatio(state, Math.min(state.levels.length - 1, state.at + stride), o.largestRatio);
    return { decision: { kind: "step", from: observed.from, to: state.levels[next]! }, state: { ...state, at: next } };
  },
});

/** The furthest position, at most `furthest`, whose sigma is within the ratio of that at `at`; at least the next one. */
function withinRatio({ sigmas, at }: WalkState, furthest: number, ratio: number | null): number {
  if (ratio === null) return furthest;
  let next = at + 1;
  while (next < furthest && sigmas[at]! <= ratio * sigmas[next + 1]!) next++;
  return next;
}

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
