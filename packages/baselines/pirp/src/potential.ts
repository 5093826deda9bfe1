import type { Tensor } from "@leader/core";

/** phi = 1 - exp( -s^(alpha/2) / (2 sigmaG^2) ) of a squared difference s. */
export interface Potential {
  readonly alpha: number;
  readonly sigmaG: number;
}

/** 2 dphi/ds, so that times g it is the derivative of phi at s = g^2. */
export function slope(s: Tensor, { alpha, sigmaG }: Potential): Tensor {
  const scale = 1 / (2 * sigmaG * sigmaG);
  return s.pow(alpha / 2 - 1).mul(alpha * scale).mul(s.pow(alpha / 2).mul(-scale).exp());
}
