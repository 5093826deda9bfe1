import type { StepOutput } from "../contract/baseline.js";
import type { Level } from "../contract/denoiser.js";
import type { Tensor } from "@leader/graph";
import { isotropicStateNoise, type LastEstimate } from "./fresh-noise.js";

/** `posterior`: (1-a') beta / (1-a), right for a known image; `upper`: beta, right for unit normal images. */
export type AncestralVariance = "posterior" | "upper";

/** The next state before its noise: x' = mean + spread z. */
export interface AncestralStep {
  readonly mean: Tensor;
  /** Standard deviation of the noise, a scalar; 0 at the clean level. */
  readonly spread: Tensor;
}

/** 1 - rho^2 with rho = sigma(to) / sigma(from): the share of the noise-to-signal ratio that a step takes away, a scalar. */
export function noiseRemoved(from: Level, to: Level): Tensor {
  // As (1 - rho)(1 + rho), with 1 - rho formed from the two levels.
  return from.sigma.sub(to.sigma).div(from.sigma).mul(to.sigma.div(from.sigma).add(1));
}

/**
 * The DDPM posterior q(x' | x, x0) between any two levels (Ho, Jain, Abbeel 2020, eqs 6-7 with beta = 1 - a/a'). With
 * rho = sigma(a') / sigma(a):
 *
 *   mean = sqrt(a') (1 - rho^2) x0 + rho^2 sqrt(a'/a) x
 *   spread^2 = (1-a') (1 - rho^2)  (`posterior`)   or   beta = (1-a) (1 - rho^2)  (`upper`)
 */
export function ancestralStep(x: Tensor, x0: Tensor, from: Level, to: Level, variance: AncestralVariance): AncestralStep {
  const rho = to.sigma.div(from.sigma);
  const removed = noiseRemoved(from, to);
  const level = variance === "posterior" ? to.sqrtOneMinusAlphaBar : to.sigma.greater(0).where(from.sqrtOneMinusAlphaBar, 0);
  const mean = to.sqrtAlphaBar
    .mul(removed)
    .mul(x0)
    .add(rho.square().mul(to.sqrtAlphaBar.div(from.sqrtAlphaBar)).mul(x));
  return { mean, spread: level.mul(removed.sqrt()) };
}

/**
 * The state after an ancestral step with its noise z, and the fresh noise that this is.
 * @param x0 the clean image that the step aims at.
 */
export function withNoise({ mean, spread }: AncestralStep, z: Tensor, x0: Tensor, to: Level): Required<StepOutput<LastEstimate>> {
  const x = mean.add(spread.mul(z));
  return { x, state: { x0 }, freshNoise: isotropicStateNoise(z, spread, x.sub(to.sqrtAlphaBar.mul(x0)), to) };
}
