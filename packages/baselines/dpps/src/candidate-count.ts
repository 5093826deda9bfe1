import type { Level, Tensor } from "@leader/core";

/** From this signal-to-noise ratio on 1 - exp(-ratio) is 1 in double precision. */
const certain = 54 * Math.LN2;

/**
 * n = floor(max(N (1 - exp(-SNR)), 2)) with SNR = a / (1-a): how many candidates a level has. The published numbers are those of double precision, in which
 * the last level to have fewer than N is that of timestep 46, and the same here in any precision.
 */
export function candidateCount({ sigma }: Pick<Level, "sigma">, most: number): Tensor {
  const ratio = sigma.square().pow(-1);
  const part = ratio.neg().exp().mul(-most).add(most).floor();
  return ratio.greater(certain).where(most, part.minimum(most - 1).maximum(2));
}
