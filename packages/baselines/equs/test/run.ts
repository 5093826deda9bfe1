import { compileSampler, drawNoise, runSampler, toEngineNoise, traceSampler, unitRangeNoise, type HostTensor, type LinearOperator, type SamplerStages, type UncertaintyEstimator, type UpdateRule } from "@leader/core";
import { referenceBackend } from "@leader/core/reference";
import { gaussianOracle, maskOperator, walkScheduler, type GaussianOracle } from "@leader/core/testing";
import { expect } from "vitest";

export const seed = 5;

/** Independent pixels: the optimal network acts on each alone, so a test can restate it in one line. */
export const independentPixels = (shape: readonly number[], deviation: readonly [number, number] = [0.2, 0.6]): GaussianOracle =>
  gaussianOracle({ shape, seed: 2, correlation: 0, deviation });

/** The optimal network for independent pixels in float64, of a batch. */
export function network({ mean, covariance, schedule }: GaussianOracle): (x: Float64Array, index: number) => { readonly x0: Float64Array; readonly epsilon: Float64Array } {
  const n = mean.length;
  return (x, index) => {
    const a = schedule.alphaBar[index]!;
    const epsilon = x.map((value, i) => (Math.sqrt(1 - a) * (value - Math.sqrt(a) * mean[i % n]!)) / (a * covariance[(i % n) * (n + 1)]! + 1 - a));
    return { epsilon, x0: x.map((value, i) => (value - Math.sqrt(1 - a) * epsilon[i]!) / Math.sqrt(a)) };
  };
}

export interface RuleRun {
  readonly rule: UpdateRule;
  readonly oracle: GaussianOracle;
  /** Schedule indices, 0 last. */
  readonly levels: readonly number[];
  readonly operator?: LinearOperator;
  readonly y?: Float64Array;
  /** For [0,1] images. */
  readonly noise?: number;
  /** Observe at every step what the fresh noise says about the posterior variance. */
  readonly stein?: boolean;
}

export interface Seen {
  readonly x: Float64Array;
  readonly evaluations: number;
  /** Values of every step: `x` after it, `prior.*` before it. */
  readonly steps: readonly Readonly<Record<string, Float64Array>>[];
  /** Scalars of every step: with `stein`, the mean of Sigma / sigma^2 as `uncertainty`, and its standard error. */
  readonly observed: readonly Readonly<Record<string, number>>[];
}

/** Stein's lemma: the mean of M^-1 z (n - e) is that of Sigma / sigma^2. */
const steinRatio: UncertaintyEstimator = {
  needsFreshNoise: true,
  estimate(_ctx, { prior, freshNoise }) {
    const r = freshNoise!.whitened.mul(freshNoise!.total.sub(prior.epsilon));
    const mean = r.mean();
    return { variance: r, mean, standardError: r.sub(mean).square().mean().div(r.size).sqrt() };
  },
};

/** Compares what was observed with the exact mean of Sigma / sigma^2 = a c / (a c + 1 - a) for pixels of variance c, at the level of each step. */
export function expectSteinRatios({ observed }: Seen, { covariance, mean: centre, schedule }: GaussianOracle, froms: readonly number[]): void {
  const n = centre.length;
  froms.forEach((level, step) => {
    const a = schedule.alphaBar[level]!;
    const exact = mean(Float64Array.from({ length: n }, (_, i) => (a * covariance[i * (n + 1)]!) / (a * covariance[i * (n + 1)]! + 1 - a)));
    const error = observed[step]!["uncertainty.standardError"]!;
    expect(error).toBeLessThan(0.1);
    expect(Math.abs(observed[step]!["uncertainty"]! - exact)).toBeLessThan(4 * error);
  });
}

/** Runs a rule on the reference backend with rounding to float32 between its graphs. */
export async function runRule({ rule, oracle, levels, operator = maskOperator(oracle.image), y, noise = 0, stein = false }: RuleRun): Promise<Seen> {
  const stages: SamplerStages = { operator, denoiser: oracle.denoiser, baseline: rule, scheduler: walkScheduler(levels), noiseFree: noise === 0, ...(stein ? { estimator: steinRatio } : {}) };
  await using sampler = await compileSampler(traceSampler(stages), referenceBackend());
  const steps: Record<string, Float64Array>[] = [];
  const measurement: HostTensor = { ...operator.range, data: y === undefined ? new Float32Array(operator.range.shape.reduce((a, b) => a * b, 1)) : Float32Array.from(y) };
  const result = await runSampler(sampler, {
    schedule: oracle.schedule,
    scheduler: stages.scheduler,
    y: measurement,
    sigmaY: toEngineNoise(unitRangeNoise(noise)),
    seed,
    inspect: {
      names: ["x", "prior.x0", "prior.epsilon"],
      see: (_step, values) => void steps.push(Object.fromEntries([...values].map(([name, value]) => [name, Float64Array.from(value.data)]))),
    },
  });
  return { x: Float64Array.from(result.x.data), evaluations: result.evaluations, steps, observed: result.steps.map((step) => step.observed) };
}

/** What the sampler drew: step 0 is the initial state. */
export const drawn = (name: string, step: number, shape: readonly number[]): Float64Array =>
  Float64Array.from(drawNoise({ seed, firstImage: 0, batch: shape[0]!, step, input: `noise:${name}`, shape }).data);

export const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
