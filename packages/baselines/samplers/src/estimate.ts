import type { StepInput, Tensor } from "@leader/core";

/** An estimate of the clean image and of the noise. */
export interface Estimate {
  readonly x0: Tensor;
  readonly epsilon: Tensor;
}

/**
 * The network's estimate; with `clip` the image is clipped to [-1,1] and the noise made to agree with it,
 * e = (x_t - sqrt(a) x0) / sqrt(1-a), as the released DDPM and guided-diffusion samplers do.
 */
export function estimate({ x, from, prior }: StepInput, clip: boolean): Estimate {
  return clip ? withOwnNoise(x, from, prior.x0.clip(-1, 1)) : prior;
}

/** The noise that an image leaves in the state: the network's own unless a modulator has changed the image since. */
export const withOwnNoise = (x: Tensor, from: StepInput["from"], x0: Tensor): Estimate => ({
  x0,
  epsilon: x.sub(from.sqrtAlphaBar.mul(x0)).div(from.sqrtOneMinusAlphaBar),
});
