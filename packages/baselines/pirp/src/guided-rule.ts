import {
  countedSpectrum,
  dataStepLengths,
  drawBeside,
  drawsAfresh,
  freshNoiseIf,
  freshShare,
  gainOf,
  guidedBy,
  isotropicNoise,
  leastSquaresPull,
  noiseWeights,
  operatorPower,
  pureNoise,
  travelBack,
  sharesOfPixels,
  type DataStepOptions,
  type DataTerms,
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
 * guidance; where zeta is LEADer's proposal, w = 1 there too, and z is what the measurement's noise in xg leaves of the level's
 * (`drawBeside`). The first term is x0 - prox(x0), since prox(x0) = x0 - A^T (A A^T + eta I)^-1 r.
 */
export function guidedRule(options: GuidanceOptions, regulariser: Regulariser): UpdateRule<LastEstimate> {
  const isStochastic = (ctx: StepContext): boolean => options.injectNoise && drawsAfresh(options.zeta, ctx, usualZeta);
  return {
    init: (ctx, { level }) => freshNoiseIf(isStochastic(ctx), pureNoise(ctx, level)),
    step(ctx, input, _state) {
      const { x, from, to, prior } = input;
      const svd = options.injectNoise ? countedSpectrum(options.zeta, ctx) : undefined;
      const counted = svd === undefined ? undefined : gainOf(ctx, svd, input, dataTerms(ctx, from, to, options));
      const fitted = counted === undefined ? guidance(ctx, input, options) : guidedBy(ctx, counted, input.y, prior.x0);
      const guided = fitted.add(regulariser(prior.x0, from, to));
      const clean = to.sqrtAlphaBar.mul(ctx.noiseFree ? guided : to.sigma.greater(0).where(guided, prior.x0));
      const state = { x0: guided };
      if (!options.injectNoise) return { x: clean, state };
      // e^ with its weight: scalars first, so that the image is passed over once less for each.
      const { fresh: share, kept } = noiseWeights(freshShare(options.zeta, sharesOfPixels(input), usualZeta));
      const weight = scalarOf(kept, x).div(from.sqrtOneMinusAlphaBar);
      const known = x
        .sub(from.sqrtAlphaBar.mul(guided))
        .mul(ctx.noiseFree || counted !== undefined ? weight : weight.mul(to.alphaBar.pow(options.gamma)));
      if (!isStochastic(ctx)) return { x: clean.add(to.sqrtOneMinusAlphaBar.mul(known)), state };
      const fresh = scalarOf(share, x);
      const { drawn, whitened } = drawBeside(ctx, to.sqrtOneMinusAlphaBar.mul(fresh), to, counted);
      const n = drawn.mul(fresh).add(known);
      return { x: clean.add(to.sqrtOneMinusAlphaBar.mul(n)), state, freshNoise: isotropicNoise(whitened, fresh, n) };
    },
    travel: (ctx, at, state) => freshNoiseIf(isStochastic(ctx), travelBack(ctx, at, state)),
  };
}

const scalarOf = (weight: Weight, { trace }: Tensor): Tensor => (typeof weight === "number" ? trace.scalar(weight, "float32") : weight);

/** x0 after the data step, before the prior. */
function guidance(ctx: StepContext, { y, from, to, prior: { x0 } }: StepInput, options: GuidanceOptions): Tensor {
  const { backProjection, leastSquares } = dataTerms(ctx, from, to, options);
  const guided = backProjection === undefined ? x0 : x0.sub(x0.sub(projected(ctx, x0, y, backProjection.eta)).mul(backProjection.weight));
  if (leastSquares === undefined) return guided;
  return guided.add(leastSquaresPull(ctx, { from, to, y }, x0, leastSquares.length, leastSquares.share));
}

/** mu (1-delta) and eta of the back-projection; mu c and delta of least squares. */
function dataTerms(ctx: StepContext, from: Level, to: Level, options: GuidanceOptions): DataTerms {
  const one = to.alphaBar.trace.scalar(1, "float32");
  const { backProjection, leastSquares: length } = dataStepLengths(ctx, from, to, options);
  if (options.fidelity === "least-squares") return { leastSquares: { length, share: one } };
  const eta = ctx.sigmaY.square().mul(options.etaTilde).maximum(1e-4);
  if (options.fidelity === "back-projection" || ctx.noiseFree) return { backProjection: { weight: backProjection, eta } };
  const delta = to.alphaBar.pow(options.gamma);
  return { backProjection: { weight: backProjection.mul(one.sub(delta)), eta }, leastSquares: { length, share: delta } };
}

/** x0 - A^T (A A^T + eta I)^-1 (A x0 - y). */
const projected = ({ operator }: StepContext, x0: Tensor, y: Tensor, eta: Tensor): Tensor =>
  operatorPower(operator, "proxL2", "back-projection")(x0, y, eta);
