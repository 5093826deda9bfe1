import { constantOf } from "../linear/constants.js";
import { publishedLength } from "./published-shrink.js";
import { spectralResidual } from "../linear/spectral.js";
import type { StepContext, StepInput } from "../contract/baseline.js";
import type { Tensor } from "@leader/graph";

/** Keeps quotients finite where a singular value is 0. */
const tiny = 1e-12;

/**
 * What a gradient step of least squares adds to x0, A^T (y - A x0) times `length`, a scalar. Such a step moves a component by length s^2 of its residual
 * only: published methods take it in every one of 100 steps. A step of LEADer that is as long as n of these takes n at once, as they would without
 * the network in between,
 *
 *   V diag( (1 - (1 - length s^2)^n) / s ) (U^T y - s V^T x0)
 *
 * but no further than to the measurement where the length is more than 1 / s^2, and without a decomposition one step of n times the length, but of at most
 * 1 (or the published length), which is stable for operators of norm 1. `share`, a scalar, is the weight of the pull beside others; a single step
 * multiplies it with the length first, which spares a product over the picture.
 */
export function leastSquaresPull(
  ctx: Pick<StepContext, "operator" | "proposesFreshShare" | "denoiser">,
  { from, to, y }: Pick<StepInput, "from" | "to" | "y">,
  x0: Tensor,
  length: Tensor,
  share: Tensor,
): Tensor {
  const { operator, proposesFreshShare } = ctx;
  const { svd } = operator;
  if (!proposesFreshShare || svd === undefined) {
    const bounded = proposesFreshShare ? length.mul(publishedLength(ctx, from, to)).minimum(length.maximum(1)) : length;
    return operator.adjoint(y.sub(operator.apply(x0))).mul(bounded.mul(share));
  }
  const s = constantOf(x0.trace, svd.singularValues);
  const gain = leastSquaresGain(ctx, s, { from, to }, length);
  return svd.v(spectralResidual(operator, svd, y, x0).mul(gain)).mul(share);
}

/** What `leastSquaresPull` multiplies U^T (y - A x0) with: (1 - (1 - length s^2)^n) / s, and 0 where s = 0. */
export function leastSquaresGain(
  ctx: Pick<StepContext, "proposesFreshShare" | "denoiser">,
  s: Tensor,
  { from, to }: Pick<StepInput, "from" | "to">,
  length: Tensor,
): Tensor {
  const n = publishedLength(ctx, from, to);
  const left = s.square().mul(length).sub(1).neg().maximum(0).maximum(tiny).log().mul(n).exp();
  return s.greater(0).where(left.sub(1).neg().div(s.maximum(tiny)), 0);
}
