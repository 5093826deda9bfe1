import type { Level } from "../contract/denoiser.js";
import type { Tensor } from "@leader/graph";

/** A step size that falls along an annealing from noise to clean. */
export interface AnnealedRate {
  /** At `sigmaMax` and above. */
  readonly rate: number;
  /** The size at `sigmaMin` and below, over `rate`. */
  readonly rateRatio: number;
  /** Noise of the rescaled state at the first and the last level. */
  readonly sigmaMax: number;
  readonly sigmaMin: number;
}

/** The exponent of the grids of Karras et al. 2022. */
const rho = 7;

/**
 * The step size at a level: linear in sigma^(1/7), which is linear in the number of the step on the grid of Karras et al. 2022 between the two
 * levels, for which DAPS and SPGD state it; and a function of the level alone on any other grid. A scalar.
 */
export function annealedRate({ sigma }: Pick<Level, "sigma">, { rate, rateRatio, sigmaMax, sigmaMin }: AnnealedRate): Tensor {
  const [first, last] = [sigmaMax ** (1 / rho), sigmaMin ** (1 / rho)];
  const done = sigma
    .pow(1 / rho)
    .sub(first)
    .div(last - first)
    .clip(0, 1);
  return done
    .mul(rateRatio - 1)
    .add(1)
    .mul(rate);
}
