import type { LinearOperator } from "../contract/operator.js";
import { weightedSum } from "@leader/graph/testing";
import { oracleNetwork } from "./oracle-values.js";
import { spectralArrays } from "./spectral-arrays.js";
import { drawnNoise, type RestatedWalk } from "./walk-oracle.js";

/** A step of a rule that counts the measurement's noise in its guidance, by singular values in float64. */
export interface RestatedCounting {
  /** x0 + V diag(gain(s)) U^T (y - A x0). */
  guided(x0: Float64Array, gain: (s: number) => number): Float64Array;
  /** V diag( sqrt(max(spread^2 / 16, spread^2 - carried(s)^2)) ) z, with the draw `z` of a step. */
  fresh(step: number, spread: number, carried: (s: number) => number): Float64Array;
}

export function restatedCounting(operator: LinearOperator, y: Float64Array, seed: number): RestatedCounting {
  const { shape, s, v, vt, ut } = spectralArrays(operator);
  const measured = ut(y);
  return {
    guided(x0, gain) {
      const c0 = vt(x0);
      return v(c0.map((c, i) => (s[i] === 0 ? c : c + gain(s[i]!) * (measured[i]! - s[i]! * c))));
    },
    fresh: (step, spread, carried) =>
      v(
        drawnNoise("z", step, shape, seed).map(
          (z, i) => z * Math.sqrt(Math.max((spread / 4) ** 2, spread ** 2 - (s[i] === 0 ? 0 : carried(s[i]!)) ** 2)),
        ),
      ),
  };
}

/** Steps of the published grid are ten levels long. */
const publishedStride = 10;

/** What the methods built on DDPG's guidance differ by. */
export interface RestatedProposal {
  /** Of fresh noise, that LEADer proposes. */
  readonly share: number;
  readonly gamma: number;
  readonly etaTilde: number;
  readonly leastSquaresScale: number;
  /** Both data steps shrink as (1-a') / (1-a), as `stepMode` 1 has it; else they are full. */
  readonly shrinks: boolean;
  /** What a prior subtracts from the estimate. Default: nothing. */
  readonly bracket?: (x0: Float64Array, from: number, to: number) => Float64Array;
}

/**
 * The trajectory of DDPG's rule (Garber and Tirer 2024) with a proposed share, for a noisy measurement: both data terms by singular values, their
 * noise counted, in float64.
 */
export function restatedProposal(
  { oracle, operator, y, noise = 0, seed = 0, levels }: RestatedWalk,
  method: RestatedProposal,
): Float64Array {
  const counting = restatedCounting(operator, Float64Array.from(y), seed);
  const network = oracleNetwork(oracle);
  const ab = (index: number): number => oracle.schedule.alphaBar[index]!;
  const sigmaY = 2 * noise;
  const eta = Math.max(1e-4, sigmaY ** 2 * method.etaTilde);
  let x = drawnNoise("init", 0, operator.domain.shape, seed);
  for (let k = 0; k < levels.length - 1; k++) {
    const [from, to] = [levels[k]!, levels[k + 1]!];
    const [now, next] = [ab(from), ab(to)];
    const { x0 } = network(x, from);
    if (to === 0) return x0;
    const delta = next ** method.gamma;
    // No further than to the measurement; no shorter than a step of the published grid, and of least squares as many as fit in.
    const shrunk = Math.max((1 - next) / (1 - now), (1 - ab(Math.max(0, from - publishedStride))) / (1 - now));
    const mu = method.shrinks ? shrunk : 1;
    const repeats = Math.max(1, (from - to) / publishedStride);
    const gain = (s: number): number =>
      (mu * (1 - delta) * s) / (s ** 2 + eta) + (delta * (1 - Math.max(0, 1 - mu * method.leastSquaresScale * s ** 2) ** repeats)) / s;
    const pulled = counting.guided(x0, gain);
    const guided = method.bracket === undefined ? pulled : weightedSum([1, pulled], [-1, method.bracket(x0, from, to)]);
    const e = weightedSum([1 / Math.sqrt(1 - now), x], [-Math.sqrt(now / (1 - now)), guided]);
    const fresh = counting.fresh(k + 1, Math.sqrt((1 - next) * method.share), (s) => Math.sqrt(next) * gain(s) * sigmaY);
    x = weightedSum([Math.sqrt(next), guided], [Math.sqrt((1 - next) * (1 - method.share)), e], [1, fresh]);
  }
  return x;
}
