import { sizeOf, type Aval } from "@leader/graph";
import type { UpdateRule } from "../contract/baseline.js";
import type { LinearOperator } from "../contract/operator.js";
import { toEngineNoise, unitRangeNoise } from "../units.js";
import { gaussianOracle, type GaussianOracle } from "./gaussian-oracle.js";
import { norm } from "@leader/graph/testing";
import { oracleMeasurement } from "./oracle-values.js";
import { walkOracle } from "./walk-oracle.js";

export interface PosteriorErrorsOptions {
  readonly baseline: UpdateRule;
  /** Makes the operator for images of a type, whose first axis counts images. */
  readonly operator: (image: Aval) => LinearOperator;
  /** Schedule indices, noisiest first and 0 last. */
  readonly levels: readonly number[];
  /** Of the measurement, for [0,1] images. */
  readonly noise: number;
  /** Type of one image. Default float32[1,1,6,6]. */
  readonly image?: Aval;
  /** How many restorations the moments are taken from. Default 512. */
  readonly count?: number;
}

/** How the results of a method on one measurement differ from the posterior distribution, which a Gaussian prior gives in closed form. */
export interface PosteriorErrors {
  /** |mean - posterior mean| over the root of the prior's total variance. */
  readonly mean: number;
  /** Frobenius norm of covariance - posterior covariance over that of the posterior covariance. */
  readonly covariance: number;
  /** The same two for as many exact draws of the posterior, expected: what a perfect sampler would show. */
  readonly meanOfDraws: number;
  readonly covarianceOfDraws: number;
  /** Total variance of the results over that of the posterior: 0 for a method that always returns the same image. */
  readonly spread: number;
  /** Network evaluations of one restoration, counted in the graphs. */
  readonly evaluations: number;
}

/** Restores one measurement of a Gaussian prior many times, each with noise of its own, and compares the moments of the results. */
export async function posteriorErrors(options: PosteriorErrorsOptions): Promise<PosteriorErrors> {
  const { baseline, operator, levels, noise, image = { shape: [1, 1, 6, 6], dtype: "float32" }, count = 512 } = options;
  const single = gaussianOracle({ shape: image.shape, seed: 1 });
  const y = oracleMeasurement(single, operator(single.image), noise);
  const posterior = single.posterior(operator(single.image), y, toEngineNoise(unitRangeNoise(noise)));
  const oracle = gaussianOracle({ shape: [count, ...image.shape.slice(1)], seed: 1 });
  const repeated = Float32Array.from({ length: count * y.length }, (_, i) => y[i % y.length]!);
  const { x, evaluations } = await walkOracle({ oracle, baseline, operator: operator(oracle.image), levels, noise, y: repeated, seed: 11 });
  const n = sizeOf(image.shape);
  const { mean, covariance } = moments(x, n);
  const total = trace(posterior.covariance, n);
  return {
    mean: norm(difference(mean, posterior.mean)) / Math.sqrt(trace(oracle.covariance, n)),
    covariance: norm(difference(covariance, posterior.covariance)) / norm(posterior.covariance),
    meanOfDraws: Math.sqrt(total / count / trace(oracle.covariance, n)),
    // E |S - C|_F^2 = (|C|_F^2 + (tr C)^2) / count for Gaussian draws.
    covarianceOfDraws: Math.sqrt((norm(posterior.covariance) ** 2 + total ** 2) / count) / norm(posterior.covariance),
    spread: trace(covariance, n) / total,
    evaluations,
  };
}

function moments(x: Float64Array, n: number): Pick<GaussianOracle, "mean" | "covariance"> {
  const count = x.length / n;
  const mean = new Float64Array(n);
  x.forEach((value, i) => (mean[i % n]! += value / count));
  const covariance = new Float64Array(n * n);
  for (let start = 0; start < x.length; start += n) {
    const centred = mean.map((value, i) => x[start + i]! - value);
    for (let r = 0; r < n; r++) for (let c = 0; c < n; c++) covariance[r * n + c]! += (centred[r]! * centred[c]!) / (count - 1);
  }
  return { mean, covariance };
}

const difference = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, i) => value - b[i]!);

const trace = (matrix: Float64Array, n: number): number =>
  Array.from({ length: n }, (_, i) => matrix[i * n + i]!).reduce((a, b) => a + b, 0);
