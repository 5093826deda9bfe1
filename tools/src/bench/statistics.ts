/** Middle value of a list that is not empty. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Sum over number of a list that is not empty. */
export const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** How much a value grows from one sample to the next, by the least squares; 0 for fewer than two. */
export function linearSlope(samples: readonly number[]): number {
  const middle = (samples.length - 1) / 2;
  if (samples.length === 0) return 0;
  const average = mean(samples);
  let [above, below] = [0, 0];
  for (const [i, value] of samples.entries()) {
    above += (i - middle) * (value - average);
    below += (i - middle) ** 2;
  }
  return below === 0 ? 0 : above / below;
}
