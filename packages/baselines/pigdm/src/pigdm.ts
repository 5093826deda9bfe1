import {
  freshNoiseIf,
  type GuidedInput,
  isotropicStateNoise,
  type LastEstimate,
  type Level,
  type LinearOperator,
  noiseRemoved,
  operatorPower,
  proximalMap,
  rangeProjection,
  type StepContext,
  type Tensor,
  travelBack,
  type UpdateRule,
} from "@leader/core";

export interface PigdmOptions {
  /** Share of DDIM's fresh noise, in [0,1]. */
  readonly eta: number;
  /** w: factor of the guidance. */
  readonly weight: number;
  /** kappa: `released` sqrt(a a'), `paper` sqrt(a), `posterior` sqrt(a'/a) - c2 / sqrt(1-a). */
  readonly guidance: "released" | "paper" | "posterior";
  /** `faithful`: the released code, which knows no measurement noise and overwrites known pixels. */
  readonly mode: "corrected" | "faithful";
  readonly start: "measurement" | "noise";
  /** Conjugate gradients, for operators that need them. */
  readonly iterations: number;
}

/** What `guide` hands to `step`. */
type Guidance = { readonly pulled: Tensor };

/**
 * ΠGDM: pseudo-inverse guided diffusion (Song, Vahdat, Mardani, Kautz 2023). The unknown image is taken as N(x0, r^2 I) with r^2 = 1-a,
 * right for unit normal images, so that the measurement pulls on the state by
 *
 *   g = J^T u,   u = A^T (A A^T + (sigma_y^2 / r^2) I)^-1 (y - A x0)     (without noise: u = A^+ (y - A x0))
 *   x' = sqrt(a') x0 + c1 z + c2 e + kappa g,   c1 = eta sqrt((1 - a/a') (1-a') / (1-a)),   c2 = sqrt(1 - a' - c1^2)
 *
 * where kappa = w sqrt(a a') is the released code's. The paper's Algorithm 1 is usually quoted with sqrt(a) alone. `posterior` is what
 * follows if x0 is replaced by the posterior mean under the assumption, x0 + g / sqrt(a): exact on a unit normal prior, on any grid.
 * `faithful`: no noise term, and where pixels are known (inpainting) x0 takes them from y and g is 0 there. Images in [-1,1].
 */
export function pigdm(options: PigdmOptions): UpdateRule<LastEstimate> {
  const { eta, mode } = options;
  const reports = eta > 0;
  return {
    init(ctx, { y, level }) {
      const z = ctx.noise("init", ctx.denoiser.image);
      const noise = z.mul(level.sqrtOneMinusAlphaBar);
      const x = options.start === "noise" ? z : level.sqrtAlphaBar.mul(pinv(ctx.operator)(y)).add(noise);
      const spread = options.start === "noise" ? z.trace.scalar(1, "float32") : level.sqrtOneMinusAlphaBar;
      return freshNoiseIf(reports, { x, state: { x0: x }, freshNoise: isotropicStateNoise(z, spread, spread.mul(z), level) });
    },
    guide(ctx, { x, y, from, prior }): Guidance {
      const pulled = ctx.pullback(prior.x0, x, misfit(ctx, prior.x0, y, from, options));
      return { pulled: pastes(ctx.operator, mode) ? pulled.sub(inRange(ctx.operator, pulled)) : pulled };
    },
    step(ctx, { y, from, to, prior, guidance }: GuidedInput<Guidance>) {
      const { x0: estimate, epsilon } = prior;
      const x0 = pastes(ctx.operator, mode) ? estimate.sub(inRange(ctx.operator, estimate)).add(pinv(ctx.operator)(y)) : estimate;
      const { c1, c2 } = noiseShares(from, to, eta);
      const z = ctx.noise("z", ctx.denoiser.image);
      const kept = epsilon.mul(c2).add(guidance.pulled.mul(kappa(from, to, c2, options)));
      const noise = reports ? kept.add(z.mul(c1)) : kept;
      const x = to.sqrtAlphaBar.mul(x0).add(noise);
      return freshNoiseIf(reports, { x, state: { x0 }, freshNoise: isotropicStateNoise(z, c1, noise, to) });
    },
    travel: (ctx, at, state) => freshNoiseIf(reports, travelBack(ctx, at, state)),
  };
}

const pinv = (operator: LinearOperator): ((y: Tensor) => Tensor) => operatorPower(operator, "pinv", "pigdm");
const inRange = (operator: LinearOperator, x: Tensor): Tensor => rangeProjection(operator, "pigdm")(x);

/** True if the released code overwrites known pixels. */
const pastes = (operator: LinearOperator, mode: PigdmOptions["mode"]): boolean => mode === "faithful" && operator.measured !== undefined;

/** u: how the estimate would have to change to explain the measurement. */
function misfit(ctx: StepContext, x0: Tensor, y: Tensor, from: Level, { mode, iterations }: PigdmOptions): Tensor {
  const { operator } = ctx;
  if (ctx.noiseFree || mode === "faithful") return pinv(operator)(y.sub(operator.apply(x0)));
  const rho = ctx.sigmaY.div(from.sqrtOneMinusAlphaBar).square();
  // The proximal map is x0 + A^T (A A^T + rho I)^-1 (y - A x0).
  return proximalMap(operator, { iterations })(x0, y, rho).sub(x0);
}

function noiseShares(from: Level, to: Level, eta: number): { readonly c1: Tensor; readonly c2: Tensor } {
  const st = to.sqrtOneMinusAlphaBar;
  // (1 - a/a') / (1-a) = 1 - (sigma' / sigma)^2.
  const removed = noiseRemoved(from, to).mul(eta * eta);
  return { c1: st.mul(removed.sqrt()), c2: st.mul(removed.sub(1).neg().maximum(0).sqrt()) };
}

/** kappa, a scalar. */
function kappa(from: Level, to: Level, c2: Tensor, { guidance, weight }: PigdmOptions): Tensor {
  switch (guidance) {
    case "released":
      return from.sqrtAlphaBar.mul(to.sqrtAlphaBar).mul(weight);
    case "paper":
      return from.sqrtAlphaBar.mul(weight);
    case "posterior":
      return to.sqrtAlphaBar.div(from.sqrtAlphaBar).sub(c2.div(from.sqrtOneMinusAlphaBar)).mul(weight);
    default:
      return guidance satisfies never;
  }
}
