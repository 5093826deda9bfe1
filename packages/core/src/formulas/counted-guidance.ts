import { constantOf } from "../linear/constants.js";
import { regularisedInverse, spectralResidual } from "../linear/spectral.js";
import { leastSquaresGain } from "./least-squares-pull.js";
import { remainingSpread } from "./remaining-spread.js";
import type { StepContext, StepInput } from "../contract/baseline.js";
import type { Level } from "../contract/denoiser.js";
import type { SpectralForm } from "../contract/operator.js";
import type { Tensor } from "@leader/graph";

/** Keeps quotients finite where nothing is drawn. */
const tiny = 1e-12;
/** Part of the spread that is drawn whatever is counted: what is learnt of the uncertainty is learnt from fresh noise. */
const leastDrawn = 0.25;

/** A data step by singular values: it adds V diag(gain) U^T (y - A x0) to an estimate x0. `gain` broadcasts to the coefficients. */
export interface SpectralGain {
  readonly svd: SpectralForm;
  readonly gain: Tensor;
}

/** The two data terms of DDPG and the methods built on it; a term that is absent is not used. Scalars. */
export interface DataTerms {
  /** `weight` A^T (A A^T + eta I)^-1 (y - A x0). */
  readonly backProjection?: { readonly weight: Tensor; readonly eta: Tensor };
  /** `share` times what `leastSquaresPull` adds by steps of `length`. */
  readonly leastSquares?: { readonly length: Tensor; readonly share: Tensor };
}

/**
 * The decomposition by which a rule counts the noise that its data step brings (`drawBeside`): where the share of fresh noise is LEADer's proposal, and the
 * measurement is noisy. Elsewhere methods draw as they are published.
 * @param stated share in the rule's own options.
 */
export const countedSpectrum = (
  stated: number | undefined,
  { proposesFreshShare, noiseFree, operator }: Pick<StepContext, "proposesFreshShare" | "noiseFree" | "operator">,
): SpectralForm | undefined => (stated === undefined && proposesFreshShare && !noiseFree ? operator.svd : undefined);

/** Both terms as one gain, so that a step changes the basis once. */
export function gainOf(
  ctx: Pick<StepContext, "proposesFreshShare" | "denoiser">,
  svd: SpectralForm,
  { from, to }: Pick<StepInput, "from" | "to">,
  { backProjection, leastSquares }: DataTerms,
): SpectralGain {
  const s = constantOf(from.index.trace, svd.singularValues);
  const terms = [
    ...(backProjection === undefined ? [] : [regularisedInverse(s, backProjection.eta).mul(backProjection.weight)]),
    ...(leastSquares === undefined ? [] : [leastSquaresGain(ctx, s, { from, to }, leastSquares.length).mul(leastSquares.share)]),
  ];
  return { svd, gain: terms.reduce((a, b) => a.add(b)) };
}

/** x0 + V diag(gain) U^T (y - A x0). */
export const guidedBy = ({ operator }: Pick<StepContext, "operator">, { svd, gain }: SpectralGain, y: Tensor, x0: Tensor): Tensor =>
  x0.add(svd.v(spectralResidual(operator, svd, y, x0).mul(gain)));

/** Unit noise of a step, and the same whitened: `whitened` is M^-1 z for `drawn` = M z. Both of the image's type. */
export interface UnitDraw {
  readonly drawn: Tensor;
  readonly whitened: Tensor;
}

/**
 * The noise that a step draws afresh, to be multiplied with `spread`, its standard deviation in the state. A data step brings noise of the measurement
 * into the estimate, gain sigma_y in each component, and the state would have that on top of the noise of its level. So with `counted` only what is left is drawn,
 *
 *   V diag(h) z,   h = max( 1/4, sqrt(1 - a' gain^2 sigma_y^2 / spread^2) )
 *
 * as DDNM+ does (Wang, Yu, Zhang 2023, eq. 19). The network takes what exceeds the level for structure, and every step adds to it. Without `counted`
 * it is z. Of spreads by pixels their mean square counts.
 */
export function drawBeside(ctx: StepContext, spread: Tensor, to: Level, counted: SpectralGain | undefined): UnitDraw {
  const { image } = ctx.denoiser;
  if (counted === undefined) {
    const z = ctx.noise("z", image);
    return { drawn: z, whitened: z };
  }
  const { svd, gain } = counted;
  const z = ctx.noise("z", { shape: svd.shape, dtype: image.dtype });
  const total = spread.square().mean().sqrt();
  const left = remainingSpread(total, gain.mul(to.sqrtAlphaBar.mul(ctx.sigmaY)))
    .div(total.maximum(tiny))
    .maximum(leastDrawn);
  return { drawn: svd.v(z.mul(left)), whitened: svd.v(z.div(left)) };
}
