import { Matrix, solve } from "ml-matrix";
import type { LinearOperator } from "../contract/operator.js";
import type { Aval } from "@leader/graph";
import { toEngineNoise, unitRangeNoise } from "../units.js";
import { combination, evaluator, normalArray } from "@leader/graph/testing";
import type { GaussianOracle } from "./gaussian-oracle.js";
import type { OracleWalkResult, WalkedPrior } from "./walk-oracle.js";

/** A x + sigma n for draws x of the prior, every image with noise of its own; flat. @param noise sigma for [0,1] images. */
export function oracleMeasurement(oracle: GaussianOracle, operator: LinearOperator, noise: number, seed = 7): Float32Array {
  const clean = evaluator((x) => operator.apply(x), [operator.domain])(Float64Array.from(oracle.sample(seed).data));
  const added = normalArray(operator.range, seed, "measurement");
  return Float32Array.from(combination(1, clean, toEngineNoise(unitRangeNoise(noise)), added));
}

/** A measurement of one picture as stages see it: 0 where nothing was measured. @param y flat, of the shape of the mask. */
export const seenMeasurement = ({ measured }: Pick<LinearOperator, "measured">, y: ArrayLike<number>): Float64Array =>
  Float64Array.from(y, (value, i) => (measured === undefined || measured.data[i] !== 0 ? value : 0));

/** What the optimal network says about a state, flat, at a schedule index. */
export type OracleNetwork = (x: Float64Array, index: number) => { readonly x0: Float64Array; readonly epsilon: Float64Array };

/** The optimal network of a prior in float64, for restating a rule's equations on arrays. */
export function oracleNetwork({ denoiser, image, schedule }: WalkedPrior): OracleNetwork {
  const scalar: Aval = { shape: [], dtype: "float32" };
  const predict = evaluator(
    (x, alphaBar, sqrtAlphaBar, sqrtOneMinusAlphaBar, sigma, index) =>
      denoiser.denoise(x, {
        index: index,
        timestep: index.sub(1),
        alphaBar: alphaBar,
        sigma: sigma,
        sqrtAlphaBar: sqrtAlphaBar,
        sqrtOneMinusAlphaBar: sqrtOneMinusAlphaBar,
      }).epsilon,
    [image, scalar, scalar, scalar, scalar, scalar],
  );
  return (x, index) => {
    const a = schedule.alphaBar[index]!;
    const epsilon = predict(
      x,
      ...[a, Math.sqrt(a), Math.sqrt(1 - a), Math.sqrt((1 - a) / a), index].map((value) => Float64Array.of(value)),
    );
    return { epsilon, x0: combination(1 / Math.sqrt(a), x, -Math.sqrt((1 - a) / a), epsilon) };
  };
}

/** The closest guess E[x0 | x] at any noise level, flat, of one image in float64: for rules that call the network between the levels of a schedule. */
export type OracleMean = (x: Float64Array, alphaBar: number) => Float64Array;

/** The optimal denoiser of a prior by its normal equations, x0 = mean + sqrt(a) C (a C + (1-a) I)^-1 (x - sqrt(a) mean). */
export function oracleMean({ mean, covariance }: GaussianOracle): OracleMean {
  const n = mean.length;
  const c = Matrix.from1DArray(n, n, Array.from(covariance));
  return (x, alphaBar) => {
    const signal = Math.sqrt(alphaBar);
    const total = Matrix.mul(c, alphaBar).add(Matrix.eye(n).mul(1 - alphaBar));
    const centred = Matrix.columnVector(Array.from(x, (value, i) => value - signal * mean[i]!));
    const shrunk = c.mmul(solve(total, centred)).to1DArray();
    return mean.map((value, i) => value + signal * shrunk[i]!);
  };
}

/**
 * The mean square of n in x = sqrt(alphaBar) mean + sqrt(1-alphaBar) n after every step to a noisy level. On a prior that is all but the
 * point `mean`, however long the steps, it is 1 if every state has the noise of its level, up to `meanSquareError`.
 * @param levels those of the walk.
 */
export function noiseVariances(
  { steps }: OracleWalkResult,
  { mean, schedule }: GaussianOracle,
  levels: readonly number[],
): readonly number[] {
  const reached = levels.filter((level, i) => i > 0 && level < levels[i - 1]!);
  return reached.flatMap((level, k) => {
    const a = schedule.alphaBar[level]!;
    if (a === 1) return [];
    const { x } = steps[k]!;
    const squares = x.reduce((sum, value, i) => sum + (value - Math.sqrt(a) * mean[i % mean.length]!) ** 2, 0);
    return [squares / x.length / (1 - a)];
  });
}

/** Five standard deviations of the mean of `count` squared unit normals. */
export const meanSquareError = (count: number): number => 5 * Math.sqrt(2 / count);
