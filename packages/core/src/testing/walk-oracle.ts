import type { UpdateRule } from "../contract/baseline.js";
import type { PriorModulator } from "../contract/modulator.js";
import type { LinearOperator } from "../contract/operator.js";
import type { UncertaintyEstimator } from "../contract/uncertainty.js";
import { sizeOf } from "@leader/graph";
import { referenceBackend } from "@leader/graph/reference";
import { compileSampler } from "../engine/compile-sampler.js";
import { drawNoise, noiseInput } from "../engine/noise-source.js";
import { runSampler } from "../engine/run-sampler.js";
import { toEngineNoise, unitRangeNoise } from "../units.js";
import type { GaussianOracle } from "./gaussian-oracle.js";
import { oracleGraphs } from "./oracle-graphs.js";
import { maskOperator } from "./test-operators.js";
import { walkScheduler } from "./walk.js";

/** What a walk and its restatement know of the prior. */
export type WalkedPrior = Pick<GaussianOracle, "image" | "schedule" | "denoiser">;

/** One restoration along given levels on a Gaussian prior. */
export interface OracleWalk {
  readonly oracle: WalkedPrior;
  readonly baseline: UpdateRule;
  /** Schedule indices, noisiest first and 0 last; a rise is a time travel. */
  readonly levels: readonly number[];
  /** Default: `maskOperator`. */
  readonly operator?: LinearOperator;
  /** The measurement, flat. Default 0. */
  readonly y?: ArrayLike<number>;
  /** Noise of the measurement for [0,1] images. Default 0: noise-free. */
  readonly noise?: number;
  /** Default 0. */
  readonly seed?: number;
  readonly uncertainty?: UncertaintyEstimator;
  readonly modulator?: PriorModulator;
}

/** A walk of which operator and measurement are given, for restating a method that reads them. */
export type MeasuredWalk = OracleWalk & Required<Pick<OracleWalk, "operator" | "y">>;

/** What a restatement of a method in float64 starts from. */
export type RestatedWalk = Omit<MeasuredWalk, "baseline" | "uncertainty" | "modulator">;

/** One step of a walk. Time travel belongs to the step before it. */
export interface OracleStep {
  /** The state after the step, before a travel. */
  readonly x: Float64Array;
  /** What the network said before the step. */
  readonly x0: Float64Array;
  readonly epsilon: Float64Array;
  readonly observed: Readonly<Record<string, number>>;
}

export interface OracleWalkResult {
  readonly x: Float64Array;
  readonly steps: readonly OracleStep[];
  readonly evaluations: number;
}

/**
 * Runs an update rule on the reference backend, with rounding to float32 between its graphs, and returns all that a test of the rule's
 * equations wants to see. `drawnNoise` gives the noise of the run.
 */
export async function walkOracle(walk: OracleWalk): Promise<OracleWalkResult> {
  const { oracle, baseline, operator = maskOperator(oracle.image), noise = 0, seed = 0, uncertainty, modulator } = walk;
  const scheduler = walkScheduler(walk.levels);
  const graphs = oracleGraphs({ oracle, operator, baseline, scheduler, noise, uncertainty, modulator });
  await using sampler = await compileSampler(graphs, referenceBackend());
  const seen: Pick<OracleStep, "x" | "x0" | "epsilon">[] = [];
  const result = await runSampler(sampler, {
    schedule: oracle.schedule,
    scheduler,
    y: { ...operator.range, data: Float32Array.from(walk.y ?? new Float32Array(sizeOf(operator.range.shape))) },
    sigmaY: toEngineNoise(unitRangeNoise(noise)),
    seed,
    inspect: {
      names: ["x", "prior.x0", "prior.epsilon"],
      see(_step, values) {
        const value = (name: string): Float64Array => Float64Array.from(values.get(name)!.data);
        seen.push({ x: value("x"), x0: value("prior.x0"), epsilon: value("prior.epsilon") });
      },
    },
  });
  const steps = seen.map((step, i) => ({ ...step, observed: result.steps[i]!.observed }));
  return { x: Float64Array.from(result.x.data), steps, evaluations: result.evaluations };
}

/**
 * The draw `name` that a run made at a step, where step 0 is the first state.
 * @param shape of the draw; its first axis counts images.
 */
export const drawnNoise = (name: string, step: number, shape: readonly number[], seed = 0): Float64Array =>
  Float64Array.from(drawNoise({ seed, firstImage: 0, batch: shape[0]!, step, input: noiseInput(name), shape }).data);
