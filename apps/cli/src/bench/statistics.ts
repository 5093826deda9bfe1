import { uniforms } from "@leader/graph";

/** A mean with its 95 % confidence interval; the interval is missing where there are too few pictures for one. */
export interface Estimate {
  readonly n: number;
  readonly mean: number;
  readonly interval?: readonly [low: number, high: number];
}

/** A paired difference of means; without an interval nothing is said about its significance. */
export interface Difference extends Estimate {
  readonly significant?: boolean;
}

/**
 * With fewer pictures no test at 5 % can find a difference, whatever it is: six are the least for which equal signs everywhere
 * (2 / 2^6) are rarer than that.
 */
export const leastPictures = 6;

const resamples = 2000;
const level = 0.05;

/** Mean and percentile bootstrap interval of one value per picture. The draws depend on `name` and the count alone. */
export function estimate(values: readonly number[], name: string): Estimate {
  const n = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / n;
  if (n < leastPictures || !values.every(Number.isFinite)) return { n, mean };
  const draws = uniforms({ seed: 0, image: 0, step: 0, name: `bootstrap:${name}` }, resamples * n);
  const means = Array.from({ length: resamples }, (_, r) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += values[Math.floor(draws[r * n + i]! * n)]!;
    return sum / n;
  }).sort((a, b) => a - b);
  const at = (quantile: number): number => means[Math.min(resamples - 1, Math.floor(quantile * resamples))]!;
  return { n, mean, interval: [at(level / 2), at(1 - level / 2)] };
}

/** The mean of paired differences, and whether its interval leaves out 0. */
export function difference(pairs: readonly (readonly [ours: number, theirs: number])[], name: string): Difference {
  const result = estimate(
    // Two infinite values (equal pictures) do not differ.
    pairs.map(([a, b]) => (a === b ? 0 : a - b)),
    name,
  );
  if (result.interval === undefined) return result;
  const [low, high] = result.interval;
  return { ...result, significant: low > 0 || high < 0 };
}
