import {
  constantOf,
  dataStepLengths,
  guidedBy,
  leastSquaresPull,
  proximalMap,
  sizeOf,
  type DataStepOptions,
  type DataTerms,
  type Level,
  type LinearOperator,
  type SpectralForm,
  type StepContext,
  type StepInput,
  type Tensor,
} from "@leader/core";

/** Which image a run returns: the last estimate before (`x0`) or after its guidance. */
export type FinalOutput = "published" | "x0" | "guided";

export interface GuidanceOptions extends DataStepOptions {
  /** delta = (a')^gamma is the share of least squares in a step to alphaBar a'. */
  readonly gamma: number;
  /** Regularisation max(1e-4, etaTilde sigma_y^2) of the back-projection. */
  readonly etaTilde: number;
  /** Of conjugate gradients, where the operator has no closed form. */
  readonly iterations: number;
  readonly finalOutput: FinalOutput;
  /** 1e-4 + 1e-5 (255 sigma_y)^2 in place of `etaTilde`. */
  readonly legacyRegularisation: boolean;
}

/**
 * Iteratively preconditioned guidance (Garber and Tirer 2024): x0 moves along A^T W (A x0 - y) with
 * W = (1-delta) (A A^T + eta)^-1 + delta c, from back-projection at high noise to least squares at low noise:
 *
 *   xg = x0 - mu_BP (1-delta) A^T (A A^T + eta)^-1 (A x0 - y) - mu_LS delta c A^T (A x0 - y)
 *
 * A measurement without noise needs no least squares: delta = 0.
 */
export function guided(ctx: StepContext, input: StepInput, options: GuidanceOptions): Tensor {
  const { operator } = ctx;
  const { y, from, to } = input;
  const { x0 } = input.prior;
  const projected = (eta: Tensor): Tensor => proximalMap(operator, options)(x0, y, eta).sub(x0);
  if (ctx.noiseFree) return x0.add(projected(regularisation(ctx, options)).mul(dataStepLengths(ctx, from, to, options).backProjection));
  const { backProjection, leastSquares } = dataTerms(ctx, input, options);
  const back = (): Tensor => projected(backProjection.eta).mul(backProjection.weight);
  if (ctx.proposesFreshShare) return x0.add(back()).add(leastSquaresPull(ctx, input, x0, leastSquares.length, leastSquares.share));
  const pull = leastSquares.share.mul(leastSquares.length);
  const svd = wholeSpectrum(operator);
  if (svd !== undefined) {
    const s = constantOf(x0.trace, svd.singularValues);
    const gain = s.mul(backProjection.weight.div(s.square().add(backProjection.eta)).add(pull));
    return guidedBy(ctx, { svd, gain }, y, x0);
  }
  return x0.add(back()).add(operator.adjoint(y.sub(operator.apply(x0))).mul(pull));
}

/** mu_BP (1-delta) and eta; mu_LS c and delta. */
export function dataTerms(ctx: StepContext, { from, to }: Pick<StepInput, "from" | "to">, options: GuidanceOptions): Required<DataTerms> {
  const { backProjection, leastSquares: length } = dataStepLengths(ctx, from, to, options);
  const share = leastSquaresShare(to, options.gamma);
  const weight = backProjection.mul(share.trace.scalar(1, "float32").sub(share));
  return { backProjection: { weight, eta: regularisation(ctx, options) }, leastSquares: { length, share } };
}

/**
 * The decomposition, where both terms in one cost less than each by itself: for a measurement smaller than the image, as in
 * super-resolution, the operator's own proximal map works on fewer coefficients.
 */
function wholeSpectrum({ svd, domain, range }: LinearOperator): SpectralForm | undefined {
  return sizeOf(range.shape) < sizeOf(domain.shape) ? undefined : svd;
}

/** delta_t = (a')^gamma, at the next time. A scalar. */
export const leastSquaresShare = (to: Level, gamma: number): Tensor => to.alphaBar.pow(gamma);

/** The image that the last step returns; `next` anywhere else. */
export function finalImage(ctx: StepContext, { to, prior }: StepInput, next: Tensor, choice: FinalOutput): Tensor {
  const returnsX0 = choice === "x0" || (choice === "published" && !ctx.noiseFree);
  return returnsX0 ? to.index.less(0.5).where(prior.x0, next) : next;
}

/** eta of the back-projection, a scalar; sigma_y is for [-1,1] images. */
function regularisation(ctx: StepContext, { etaTilde, legacyRegularisation }: GuidanceOptions): Tensor {
  const variance = ctx.sigmaY.square();
  return legacyRegularisation ? variance.mul(1e-5 * 255 ** 2).add(1e-4) : variance.mul(etaTilde).maximum(1e-4);
}
