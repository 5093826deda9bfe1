import {
  dataStepLengths,
  drawsAfresh,
  freshNoiseIf,
  freshShare,
  isotropicNoise,
  leastSquaresPull,
  noiseWeights,
  operatorPower,
  pureNoise,
  travelBack,
  sharesOfPixels,
  type DataStepOptions,
  type LastEstimate,
  type Level,
  type StepContext,
  type StepInput,
  type Tensor,
  type UpdateRule,
  type Weight,
} from "@leader/core";

/** The options of DDPG, on which both methods of this package are built. */
export interface GuidanceOptions extends DataStepOptions {
  /** Data term: back-projection (F_b), least squares (F_l), or from the first to the second as noise falls (F_lb). */
  readonly fidelity: "back-projection" | "least-squares" | "both";
  /** Exponent of delta = a'^gamma, the share of least squares in `both`. Only for noisy measurements. */
  readonly gamma: number;
  /** Share of fresh noise: its weight is sqrt(zeta). Absent: what LEADer proposes, else `usualZeta`. */
  readonly zeta?: number | undefined;
  /** The back-projection is regularised by eta = max(1e-4, etaTilde sigma_y^2). */
  readonly etaTilde: number;
  /** False: no noise term at all (the variants with a star, as IDPG). */
  readonly injectNoise: boolean;
}

/** Of the released code. */
const usualZeta = 0.5;

/** A local image prior: what it adds to the guided estimate. */
export type Regulariser = (x0: Tensor, from: Level, to: Level) => Tensor;

/**
 * One step of DDPG with a local prior added to its estimate. With r = A x0 - y:
 *
 *   xg = x0 - mu [ (1-delta) A^T (A A^T + eta I)^-1 r + delta c A^T r ] + regulariser(x0)
 *   e^ = (x - sqrt(a) xg) / sqrt(1-a)
 *   x' = sqrt(a') xg + sqrt(1-a') ( sqrt(zeta) z + sqrt(1-zeta) w e^ )
 *
 * Noise-free: delta = 0 in `both` and w = 1. Noisy: delta = w = a'^gamma, and the result is x0 itself, the last estimate before
 * guidance. The first term is x0 - prox(x0), since prox(x0) = x0 - A^T (A A^T + eta I)^-1 r.
 */
export function guidedRule(options: GuidanceOptions, regulariser: Regulariser): UpdateRule<LastEstimate> {
  const isStochastic = (ctx: StepContext): boolean => options.injectNoise && drawsAfresh(options.zeta, ctx, usualZeta);
  return {
    init: (ctx, { level }) => freshNoiseIf(isStochastic(ctx), pureNoise(ctx, level)),
    step(ctx, input, _state) {
      const { x, from, to, prior } = input;
      const guided = guidance(ctx, input, options).add(regulariser(prior.x0, from, to));
      const clean = to.sqrtAlphaBar.mul(ctx.noiseFree ? guided : to.sigma.greater(0).where(guided, prior.x0));
      const state = { x0: guided };
      if (!options.injectNoise) return { x: clean, state };
      // e^ with its weight: scalars first, so that the image is passed over once less for each.
      const { fresh: share, kept } = noiseWeights(freshShare(options.zeta, sharesOfPixels(input), usualZeta));
      const weight = scalarOf(kept, x).div(from.sqrtOneMinusAlphaBar);
      const known = x.sub(from.sqrtAlphaBar.mul(guided)).mul(ctx.noiseFree ? weight : weight.mul(to.alphaBar.pow(options.gamma)));
      if (!isStochastic(ctx)) return { x: clean.add(to.sqrtOneMinusAlphaBar.mul(known)), state };
      const z = ctx.noise("z", ctx.denoiser.image);
      const fresh = scalarOf(share, x);
      const n = z.mul(fresh).add(known);
      return { x: clean.add(to.sqrtOneMinusAlphaBar.mul(n)), state, freshNoise: isotropicNoise(z, fresh, n) };
    },
    travel: (ctx, at, state) => freshNoiseIf(isStochastic(ctx), travelBack(ctx, at, state)),
  };
}

const scalarOf = (weight: Weight, { trace }: Tensor): Tensor => (typeof weight === "number" ? trace.scalar(weight, "float32") : weight);

/** x0 after the data step, before the prior. */
function guidance(ctx: StepContext, { y, from, to, prior: { x0 } }: StepInput, options: GuidanceOptions): Tensor {
  const { backProjection, leastSquares } = dataWeights(ctx, from, to, options);
  const guided = backProjection === undefined ? x0 : x0.sub(x0.sub(projected(ctx, x0, y, options.etaTilde)).mul(backProjection));
  if (leastSquares === undefined) return guided;
  return guided.add(leastSquaresPull(ctx, { from, to, y }, x0, leastSquares.length, leastSquares.share));
}

/** Scalar weights of the two data terms, mu (1-delta) and, as the length of a step and its share of the guidance, mu c and delta. Absent where a term is not used at all. */
function dataWeights(
  ctx: StepContext,
  from: Level,
  to: Level,
  options: GuidanceOptions,
): { readonly backProjection?: Tensor; readonly leastSquares?: { readonly length: Tensor; readonly share: Tensor } } {
  const one = to.alphaBar.trace.scalar(1, "float32");
  const { backProjection, leastSquares: length } = dataStepLengths(ctx, from, to, options);
  if (options.fidelity === "least-squares") return { leastSquares: { length, share: one } };
  if (options.fidelity === "back-projection" || ctx.noiseFree) return { backProjection };
  const delta = to.alphaBar.pow(options.gamma);
  return { backProjection: backProjection.mul(one.sub(delta)), leastSquares: { length, share: delta } };
}

/** x0 - A^T (A A^T + eta I)^-1 (A x0 - y). */
const projected = ({ operator, sigmaY }: StepContext, x0: Tensor, y: Tensor, etaTilde: number): Tensor =>
  operatorPower(operator, "proxL2", "back-projection")(x0, y, sigmaY.square().mul(etaTilde).maximum(1e-4));
