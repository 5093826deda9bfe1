import type { Tensor } from "@leader/core";

/** phi = 1 - exp( -s^(alpha/2) / (2 sigmaG^2) ) of a squared difference s. */
export interface Potential {
  readonly alpha: number;
  readonly sigmaG: number;
}

/** 2 dphi/ds for s > 0, so that times g it is the derivative of phi at s = g^2. */
export function slope(s: Tensor, { alpha, sigmaG }: Potential): Tensor {
  const scale = 1 / (2 * sigmaG * sigmaG);
  // s^(alpha/2) by way of the logarithm, which runtimes compute several times faster than a power.
  const power = s
    .log()
    .mul(alpha / 2)
    .exp();
  return power
    .mul(alpha * scale)
    .div(s)
    .mul(power.mul(-scale).exp());
}
