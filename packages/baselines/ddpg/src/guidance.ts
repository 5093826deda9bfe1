import { proximalMap, type Level, type StepContext, type StepInput, type Tensor } from "@leader/core";

/** 0: full steps. 1: steps shrink as (1-a')/(1-a). 2: only least-squares steps shrink. */
export type StepMode = 0 | 1 | 2;

/** Which image a run returns: the last estimate before (`x0`) or after its guidance. */
export type FinalOutput = "published" | "x0" | "guided";

export interface GuidanceOptions {
  /** delta = (a')^gamma is the share of least squares in a step to alphaBar a'. */
  readonly gamma: number;
  /** Regularisation max(1e-4, etaTilde sigma_y^2) of the back-projection. */
  readonly etaTilde: number;
  /** c, the length of the least-squares step. */
  readonly leastSquaresScale: number;
  readonly stepMode: StepMode;
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
export function guided(ctx: StepContext, { y, from, to, prior: { x0 } }: StepInput, options: GuidanceOptions): Tensor {
  const { operator } = ctx;
  const shrunk = to.sqrtOneMinusAlphaBar.div(from.sqrtOneMinusAlphaBar).square();
  const backProjection = proximalMap(operator, options)(x0, y, regularisation(ctx, options)).sub(x0);
  const projected = options.stepMode === 1 ? backProjection.mul(shrunk) : backProjection;
  if (ctx.noiseFree) return x0.add(projected);
  const delta = leastSquaresShare(to, options.gamma);
  const length = (options.stepMode === 0 ? delta : delta.mul(shrunk)).mul(options.leastSquaresScale);
  const leastSquares = operator.adjoint(y.sub(operator.apply(x0)));
  return x0.add(projected.mul(delta.sub(1).neg())).add(leastSquares.mul(length));
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
