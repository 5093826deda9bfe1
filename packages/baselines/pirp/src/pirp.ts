import { coreErrors, type LastEstimate, type Tensor, type UpdateRule } from "@leader/core";
import { guidedRule, type GuidanceOptions } from "./guided-rule.js";
import { next, previous, spatialAxes, type SpatialAxis } from "./periodic.js";

export interface PirpOptions extends GuidanceOptions {
  /** `minus` (G_-) adds kappa R and sharpens; `plus` (G_+) subtracts it and smooths. */
  readonly gradientPrior: "minus" | "plus";
  /** Strength of the prior. */
  readonly kappa: number;
  /** Curvatures well above this are edges and left alone; images in [-1,1]. */
  readonly q: number;
  /** Weights the differences of red by blue's curvature and the reverse, as released. Needs three channels. */
  readonly legacyChannelSwap: boolean;
}

/**
 * PIRP, F_lb G_- by default (Knowledge-Based Systems 338:115488, as its released code computes it): DDPG with an anti-diffusion of
 * pixels of low curvature. With circular differences (D x)_j = x_j - x_(j+1) along each axis:
 *
 *   R(x0) = sum over axes of D^T ( w D x0 ),   w = exp( -(D^T D x0)^2 / (2 q^2) )
 *   xg    = (the estimate of DDPG) + kappa R(x0)
 *
 * R is minus the divergence of w grad x0, so +kappa R sharpens. The variants of the paper: F_b, F_l and F_lb by `fidelity`; G_- and
 * G_+ by `gradientPrior`; the star by `injectNoise: false`. Only F_lb G_- is released, the sign of G_+ follows from the names.
 */
export function pirp(options: PirpOptions): UpdateRule<LastEstimate> {
  const strength = options.gradientPrior === "minus" ? options.kappa : -options.kappa;
  return guidedRule(options, (x0) => roughness(x0, options.q, options.legacyChannelSwap).mul(strength));
}

/** R(x0): sums to 0 over the pixels of a channel, and is 0 for a constant image. */
export function roughness(x0: Tensor, q: number, legacyChannelSwap = false): Tensor {
  const along = (axis: SpatialAxis): Tensor => {
    const slope = x0.sub(next(x0, axis));
    const weight = slope
      .sub(previous(slope, axis))
      .square()
      .mul(-1 / (2 * q * q))
      .exp();
    const flow = slope.mul(legacyChannelSwap ? swapped(weight) : weight);
    return flow.sub(previous(flow, axis));
  };
  return spatialAxes.map(along).reduce((a, b) => a.add(b));
}

/** Red and blue exchanged. */
function swapped(weight: Tensor): Tensor {
  const channels = weight.shape[1]!;
  if (channels !== 3)
    throw coreErrors.BAD_ARGUMENT({ function: "legacyChannelSwap", expected: "images of three channels", received: `${channels}` });
  return weight.flip([1]);
}
