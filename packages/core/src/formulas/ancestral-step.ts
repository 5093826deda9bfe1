import type { StepInput, StepOutput } from "../contract/baseline.js";
import type { Level } from "../contract/denoiser.js";
import { errors } from "../error-codes.js";
import type { Tensor } from "@leader/graph";
import { isotropicStateNoise, type LastEstimate } from "./fresh-noise.js";

/**
 * `posterior`: betaTilde, right for a known image; `upper`: beta, right for unit normal images; `learned`: between the two, where the
 * network says; `auto`: `learned` with a network that learned it, else `posterior`.
 */
export const ancestralVariances = ["auto", "posterior", "upper", "learned"] as const;
export type AncestralVariance = (typeof ancestralVariances)[number];

/** The description of an option that takes one of `ancestralVariances`, `auto` by default. */
export const ancestralVarianceText =
  "variance of an ancestral step: of the posterior given the image, or beta (upper), or between them, where the network learned it; auto: what it learned, as released, else that of the posterior";

/** The next state before its noise: x' = mean + spread z. */
export interface AncestralStep {
  readonly mean: Tensor;
  /** Standard deviation of the noise, a scalar, or of the image's type where it was learned; 0 at the clean level. */
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
 *   spread^2 = betaTilde = (1-a') (1 - rho^2)  (`posterior`)   or   beta = (1-a) (1 - rho^2)  (`upper`)
 *              or   beta^f betaTilde^(1-f)  (`learned`; Nichol, Dhariwal 2021, eq. 15), f the network's `varianceShare`
 *
 * Beta is that of the step, however many trained levels it crosses, as released with the networks.
 * @param x0 the clean image that the step aims at.
 * @throws LEARNED_VARIANCE_MISSING for `learned` with a network that learned none.
 */
export function ancestralStep(
  { x, from, to, prior }: Pick<StepInput, "x" | "from" | "to" | "prior">,
  x0: Tensor,
  variance: AncestralVariance,
): AncestralStep {
  const rho = to.sigma.div(from.sigma);
  const removed = noiseRemoved(from, to);
  const share = learnedShare(prior.varianceShare, variance);
  const level = share === undefined && variance !== "upper" ? to.sqrtOneMinusAlphaBar : betweenLevels(from, to, share);
  const mean = to.sqrtAlphaBar
    .mul(removed)
    .mul(x0)
    .add(rho.square().mul(to.sqrtAlphaBar.div(from.sqrtAlphaBar)).mul(x));
  return { mean, spread: level.mul(removed.sqrt()) };
}

function learnedShare(share: Tensor | undefined, variance: AncestralVariance): Tensor | undefined {
  if (variance === "learned" && share === undefined) throw errors.LEARNED_VARIANCE_MISSING({});
  return variance === "learned" || variance === "auto" ? share : undefined;
}

/** sqrt(1-a)^f sqrt(1-a')^(1-f), without f sqrt(1-a); 0 at the clean level. */
function betweenLevels(from: Level, to: Level, share: Tensor | undefined): Tensor {
  const [noisy, clean] = [from.sqrtOneMinusAlphaBar, to.sqrtOneMinusAlphaBar];
  const level = share === undefined ? noisy : noisy.div(clean.maximum(smallest)).log().mul(share).exp().mul(clean);
  return to.sigma.greater(0).where(level, 0);
}

/** Keeps the logarithm finite at the clean level, where it does not count. */
const smallest = 1e-12;

/**
 * The state after an ancestral step with its noise z, and the fresh noise that this is.
 * @param x0 the clean image that the step aims at.
 */
export function withNoise({ mean, spread }: AncestralStep, z: Tensor, x0: Tensor, to: Level): Required<StepOutput<LastEstimate>> {
  const x = mean.add(spread.mul(z));
  return { x, state: { x0 }, freshNoise: isotropicStateNoise(z, spread, x.sub(to.sqrtAlphaBar.mul(x0)), to) };
}
