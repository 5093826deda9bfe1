import {
  coreErrors,
  defineStage,
  karrasSteps,
  largestSingularValue,
  levelScalars,
  uniformSteps,
  widestHole,
  type LinearOperator,
  type NoiseSchedule,
  type ObservedStep,
  type StepScheduler,
} from "@leader/core";
import { z } from "zod";
import { isSparse } from "./sparse.js";

const options = z.strictObject({
  rule: z
    .enum(["noise", "paper"])
    .default("noise")
    .describe(
      "how long a step may be. noise: what the estimate would still learn on the way stays below the noise that is left; paper: eq. 19",
    ),
  steps: z.int().min(1).default(100).describe("T, the levels of the uniform grid on which steps are counted"),
  budget: z
    .number()
    .min(0)
    .default(0.0004)
    .describe(
      "noise: the error that a step may leave, as a share of the noise variance it ends at. paper: B, in image variance. 0 skips nothing",
    ),
  floor: z
    .number()
    .min(0)
    .default(0.04)
    .describe("noise: errors far below this do not count, however little noise is left; a standard deviation of values in [-1,1]"),
  most: z
    .int()
    .min(1)
    .nullable()
    .default(20)
    .describe("noise: the most evaluations of a run; what the budget would spend beyond them is saved evenly. null sets no limit"),
  sigmaMax: z
    .number()
    .positive()
    .nullable()
    .default(null)
    .describe("the noisiest level that a run may begin at; null: that of the grid, where nothing is left of the picture"),
  eta: z.number().positive().default(1).describe("paper: scale of the step"),
  rho: z.number().min(1).default(1).describe("paper: local error order of the sampler; 1 for DDIM"),
  epsilon: z.number().positive().default(1e-8).describe("paper: keeps the quotient finite where nothing is uncertain"),
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
    .default(null)
    .describe("the most that one step may divide sigma by, if the grid's own steps divide it by less; null sets no limit, as in the paper"),
});
type Options = z.output<typeof options>;

const uncertainty = ["uncertainty", "uncertainty.standardError"] as const;

/** How far steps go: as the rule says, as into a hole, or to the next level. */
type Pace = "ruled" | "hole" | "next";

/** The levels of a run, and how it goes along them. */
interface Walk {
  readonly pace: Pace;
  readonly levels: readonly number[];
}

/** A place on the walk. */
interface WalkState extends Walk {
  /** Noise of the levels. */
  readonly sigmas: readonly number[];
  /** Noise that the measurement leaves in what it measures best. */
  readonly noise: number;
  readonly at: number;
}

/**
 * State-aware trajectory pruning: evaluates the network only at those levels of a grid of T steps where it still has something to say. With U_t
 * an upper confidence bound, min(U + confidence * standard error, data variance), since the estimators that cost nothing are too noisy at high
 * noise to be taken at face value, and the furthest level that is allowed:
 *
 *   noise   U_t - U_t' <= budget (sigma'^2 + floor^2),   1 / U_t' = 1 / U_t - 1 / sigma^2 + 1 / sigma'^2
 *   paper   dt = max(1, floor(eta (B / (U_t + epsilon))^(1/rho))) positions                                          (eqs 18-19)
 *
 * `noise`: along the exact reverse process E |x0(t') - x0(t)|^2 = U_t - U_t', so the left side is the mean squared error of holding the estimate
 * for the step. What the noise of the next level covers, the network mends there; what is below the floor, nobody sees. U_t' is what an
 * estimate at one level says of another (`carriedEstimate`). Steps are thus long where little is undecided for the noise at hand, at high noise
 * above all, and short where the state is uncertain for its level. One step of the grid is always allowed, and none crosses the noise of the
 * measurement without a stop at it (`landing`). Into a hole all steps go that are allowed (`holeReach`), and as many where few values are
 * measured here and there (`isSparse`).
 *
 * `sigmaMax` spares the first long steps, from levels where the network says nothing of the picture.
 */
export const satpScheduler = (o: Options): StepScheduler<WalkState> => ({
  observes: o.rule === "paper" ? uncertainty : [...uncertainty, "misfit"],
  travels: false,
  maxSteps: () => (o.rule === "paper" ? o.steps : Math.min(o.steps, o.most ?? o.steps)),
  start(schedule, sigmaY = 0, operator) {
    const noise = operator === undefined || o.rule === "paper" ? 0 : sigmaY / largestSingularValue(operator);
    const walk = walkFor(schedule, operator, noise, o);
    const sigmas = walk.levels.map((level) => levelScalars(schedule, level).sigma);
    return { from: walk.levels[0]!, state: { ...walk, sigmas, noise, at: 0 } };
  },
  decide(observed, state) {
    const left = o.rule === "paper" || o.most === null ? Infinity : o.most - observed.number;
    const next = reachOf[state.pace](state, left, observed, o);
    return { decision: { kind: "step", to: state.levels[next]! }, state: { ...state, at: next } };
  },
});

/** How far a step goes, with so many left, this one among them. */
const reachOf: Readonly<Record<Pace, (state: WalkState, left: number, observed: ObservedStep, o: Options) => number>> = {
  ruled: ruledReach,
  hole: holeReach,
  next: ({ at }) => at + 1,
};

/** Without a budget nothing is skipped, and a rule without a limit of steps has none to distribute, whatever is measured. */
function walkFor(schedule: NoiseSchedule, operator: LinearOperator | undefined, noise: number, o: Options): Walk {
  const ruled: Walk = { pace: "ruled", levels: gridLevels(schedule, o) };
  if (operator === undefined || o.rule !== "noise" || o.budget === 0 || o.most === null) return ruled;
  if (widestHole(operator) >= smallestHole) return { ...ruled, pace: "hole" };
  const grid = {
    steps: Math.min(o.most, o.steps),
    sigmaMax: Math.min(sparseStart, o.sigmaMax ?? sparseStart),
    sigmaMin: Math.max(noise, o.floor),
    rho: 7,
  };
  if (!isSparse(operator) || grid.steps < 2 || grid.sigmaMin >= grid.sigmaMax) return ruled;
  return { pace: "next", levels: [...new Set(karrasSteps(schedule, grid))] };
}

/**
 * Where runs begin whose measurement is sparse. Above, the network says nothing of the picture, and what a step puts in of the measurement alone, such
 * as the folded spectrum of compressed sensing, the next ones take for structure. Below the noise of the measurement nothing is mended that is still wrong.
 */
const sparseStart = 1.5;

/** The levels of a grid of T that are not noisier than a run may begin; it begins at the last one that is not clean at the latest. */
function gridLevels(schedule: NoiseSchedule, { steps, sigmaMax }: Options): readonly number[] {
  const grid = uniformSteps(schedule, steps);
  return grid.filter((level, i) => i >= grid.length - 2 || levelScalars(schedule, level).sigma <= (sigmaMax ?? Infinity));
}

/** As far as the rule and the noise of the measurement allow, and at least as far as the steps that are left demand. */
function ruledReach(state: WalkState, left: number, observed: ObservedStep, o: Options): number {
  const bound = upperBound(observed, o);
  const furthest =
    o.rule === "paper" ? paperReach(state, bound, o) : noiseReach(state, Math.min(contradicted(bound, observed), o.dataVariance), o);
  const wanted = Math.max(evenReach(state, left, o.floor), withinRatio(state, furthest, o.largestRatio));
  return left <= 1 ? wanted : Math.min(wanted, landing(state, o.floor));
}

function paperReach({ levels, at }: WalkState, bound: number, o: Options): number {
  const stride = Math.max(1, Math.floor(o.eta * (o.budget / (bound + o.epsilon)) ** (1 / o.rho)));
  return Math.min(levels.length - 1, at + stride);
}

function noiseReach({ sigmas, at }: WalkState, bound: number, { budget, floor }: Options): number {
  // Without a budget nothing is skipped, not even where nothing is uncertain.
  if (budget > 0 && sigmas[at]! <= floor) return sigmas.length - 1;
  const fits = (to: number): boolean => learnt(bound, sigmas[at]!, to) <= budget * (to ** 2 + floor ** 2);
  let reach = at + 1;
  while (budget > 0 && reach < sigmas.length - 1 && fits(sigmas[reach + 1]!)) reach++;
  return reach;
}

/** The least far that a walk can go with so many steps left, this one among them, all of the same length in log sigma down to the floor. */
function evenReach({ sigmas, at }: WalkState, left: number, floor: number): number {
  const clean = sigmas.length - 1;
  if (left <= 1) return clean;
  const from = sigmas[at]!;
  const target = from * Math.min(1, Math.max(floor, sigmas[clean - 1]!) / from) ** (1 / (left - 1));
  let reach = at + 1;
  // The nearest level in log sigma.
  while (reach < clean - 1 && sigmas[reach]! * sigmas[reach + 1]! > target ** 2) reach++;
  return reach;
}

/** Smaller holes, in pixels a side, are decided where the rule steps shortly anyway. */
const smallestHole = 16;

/**
 * As far as steps go that fill a hole with so many left, this one among them: as those of the square-root grid, even in the square of the share
 * of the grid that is behind them. The rule reckons with pixels that know nothing of each other, while the structure of a hole of L pixels a side is
 * decided from sigma = L / 4 on, half the deviation of pictures over L pixels: it would cross those levels in one step.
 */
function holeReach({ levels, at }: WalkState, left: number): number {
  const clean = levels.length - 1;
  if (left <= 1 || at === clean - 1) return clean;
  const last = clean - 1;
  const walked = (at / last) ** 2;
  return Math.max(at + 1, Math.round(last * Math.sqrt(walked + (1 - walked) / (left - 1))));
}

/**
 * The last level with at least the noise that the measurement leaves, if the walk is above it. A state below it takes in no more of the measurement than
 * it holds: one that came there in a long step, from an estimate that the measurement still contradicts, keeps the error to its end. Noise below the
 * floor does not count.
 */
function landing({ sigmas, at, noise }: WalkState, floor: number): number {
  if (noise <= floor) return sigmas.length - 1;
  let level = at;
  while (level < sigmas.length - 1 && sigmas[level + 1]! >= noise) level++;
  return level > at ? level : sigmas.length - 1;
}

/** U - U': the mean squared change of the estimate from one noise to a smaller one, were the prior Gaussian with independent pixels. */
function learnt(uncertainty: number, from: number, to: number): number {
  const known = Math.min(uncertainty, from ** 2);
  if (known === 0 || to === 0) return known;
  // U U' (1/sigma'^2 - 1/sigma^2), in which nothing cancels.
  const gained = 1 / to ** 2 - 1 / from ** 2;
  return (known * known * gained) / (1 + known * gained);
}

/** The furthest position, at most `furthest`, whose sigma is within the ratio of that at `at`; at least the next one. */
function withinRatio({ sigmas, at }: WalkState, furthest: number, ratio: number | null): number {
  if (ratio === null) return furthest;
  let next = at + 1;
  while (next < furthest && sigmas[at]! <= ratio * sigmas[next + 1]!) next++;
  return next;
}

/** An estimate that misses the measurement by more than its uncertainty is as uncertain as that. */
const contradicted = (bound: number, { observed }: ObservedStep): number => Math.max(bound, observed["misfit"] ?? 0);

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
