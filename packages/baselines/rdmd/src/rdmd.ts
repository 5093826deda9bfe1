import {
  freshNoiseIf,
  isotropicStateNoise,
  levelAtSigma,
  measuredImage,
  remainingSpread,
  travelBack,
  type LastEstimate,
  type Level,
  type NoiseSchedule,
  type StepContext,
  type StepInput,
  type Tensor,
  type UpdateRule,
} from "@leader/core";

export interface RdmdOptions {
  /** `faithful`: as released, the deterministic denoiser sees the image unscaled, has no weight without noise, and the last step changes nothing. */
  readonly mode: "corrected" | "faithful";
  /** Weight of the prior. */
  readonly lambda: number;
  /** Share of the generative denoiser in [0,1]; the rest goes to the deterministic one. */
  readonly tau: number;
  /** Share in [0,1] of the noise variance that a step draws afresh. */
  readonly zeta: number;
  /** Least noise that the weights assume, for [0,1] images. */
  readonly smallestNoise: number;
  /** Noise levels of the deterministic denoiser at both ends of the run, in 1/255 of [0,1] images; the last is at least that of the measurement. */
  readonly noisiestDenoiser: number;
  readonly finestDenoiser: number;
  readonly start: "interpolated" | "noisy-measurement";
  /** The restored image: the one under optimisation, or the generative denoiser's last estimate. */
  readonly result: "image" | "estimate";
}

/**
 * RDMD: the diffusion model as two denoisers (Wang et al. 2025, Algorithm 1). With sigma_n the measurement's noise on [0,1] images:
 *
 *   x_det = clip(D(sqrt(b) x0; b)), the deterministic denoiser: the image under optimisation itself as input, of assumed noise 2 p
 *   x_sto = clip(D(x_t; a)), the generative denoiser
 *   x0 <- x0 - s [A^T (A x0 - y) + lambda (1-tau) sigma_n^2 (x0 - x_det) + rho (x0 - x_sto)]
 *   rho = lambda tau sigma_n^2 / sigma_t^2, sigma_n >= smallestNoise (in lambda (1-tau) sigma_n^2 too unless faithful),  s = 1 / (1 + lambda (1-tau) sigma_n^2 + rho)
 *   e = (x_t - sqrt(a) x0) / sqrt(1-a),  x_t' = sqrt(a') x0 + sqrt(1-zeta) sqrt(1-a') e + sqrt(zeta) sqrt(1-a') z
 *
 * No derivative of the network; two evaluations per step. p falls geometrically from `noisiestDenoiser` to the larger of `finestDenoiser` and the
 * measurement's noise, as the square of the timesteps passed, which is the count of steps of the published grid (`squareRootSteps`). Images in [-1,1]; the
 * published lambda has the mixture of units of sigma_n and sigma_t in it. A modulator reaches x_sto.
 * Deviations from the released code: p and its level are functions of the present level (there of the count of steps, rounded to a trained level); a
 * measurement that is a state of its own level keeps its exact variance (there of the nearest trained level); operator and data agree.
 */
export function rdmd(options: RdmdOptions): UpdateRule<LastEstimate> {
  const reports = options.zeta > 0;
  return {
    init(ctx, { y, level }) {
      const image = measuredImage(ctx.operator, y);
      const z = ctx.noise("init", ctx.denoiser.image);
      const { scale, spread } = firstNoise(ctx, level, options);
      const noise = spread.mul(z);
      const x = image.mul(scale).add(noise);
      return freshNoiseIf(reports, {
        x,
        state: { x0: image },
        freshNoise: isotropicStateNoise(z, spread, x.sub(image.mul(level.sqrtAlphaBar)), level),
      });
    },
    step(ctx, input, { x0: before }) {
      const { x: present, from, to } = input;
      const estimate = input.prior.x0.clip(-1, 1);
      const updated = moved(ctx, input, before, estimate, options);
      const clean = to.sigma.greater(0);
      const x0 = options.mode === "faithful" ? clean.where(updated, before) : updated;
      const e = present.sub(from.sqrtAlphaBar.mul(x0)).div(from.sqrtOneMinusAlphaBar);
      const z = ctx.noise("z", ctx.denoiser.image);
      const st = to.sqrtOneMinusAlphaBar;
      const fresh = st.mul(Math.sqrt(options.zeta));
      const kept = e.mul(st.mul(Math.sqrt(1 - options.zeta)));
      const noise = reports ? kept.add(z.mul(fresh)) : kept;
      const next = to.sqrtAlphaBar.mul(x0).add(noise);
      const x = options.result === "estimate" ? clean.where(next, estimate) : next;
      return freshNoiseIf(reports, { x, state: { x0 }, freshNoise: isotropicStateNoise(z, fresh, noise, to) });
    },
    travel: (ctx, at, state) => freshNoiseIf(reports, travelBack(ctx, at, state)),
  };
}

/** One gradient step of the image under optimisation. */
function moved(ctx: StepContext, { y, from }: StepInput, x0: Tensor, estimate: Tensor, options: RdmdOptions): Tensor {
  const sigmaN = ctx.sigmaY.mul(0.5);
  const assumed = sigmaN.maximum(options.smallestNoise);
  const hold = (options.mode === "faithful" ? sigmaN : assumed).square().mul(options.lambda * (1 - options.tau));
  const rho = assumed
    .div(from.sigma)
    .square()
    .mul(options.lambda * options.tau);
  const length = x0.trace.scalar(1, "float32").div(hold.add(rho).add(1));
  const gradient = ctx.operator
    .adjoint(ctx.operator.apply(x0).sub(y))
    .add(x0.sub(denoised(ctx, x0, from, options)).mul(hold))
    .add(x0.sub(estimate).mul(rho));
  return x0.sub(gradient.mul(length));
}

/** x_det. */
function denoised(ctx: StepContext, x0: Tensor, from: Level, options: RdmdOptions): Tensor {
  const level = levelAtSigma(ctx.denoiser.schedule, denoiserNoise(ctx, from, options).mul(2));
  const seen = options.mode === "faithful" ? x0 : x0.mul(level.sqrtAlphaBar);
  return ctx.denoiser.denoise(seen, level).x0.clip(-1, 1);
}

/** p: the noise of the deterministic denoiser at a level, for [0,1] images; a scalar. */
export function denoiserNoise(
  ctx: { readonly sigmaY: Tensor; readonly denoiser: { readonly schedule: NoiseSchedule } },
  { timestep }: Level,
  { noisiestDenoiser, finestDenoiser }: Pick<RdmdOptions, "noisiestDenoiser" | "finestDenoiser">,
): Tensor {
  const { schedule } = ctx.denoiser;
  const last = schedule.timestep[schedule.length - 1]!;
  const passed = timestep.neg().add(last).div(last).square();
  const first = Math.log(noisiestDenoiser / 255);
  const finest = ctx.sigmaY
    .mul(0.5)
    .maximum(finestDenoiser / 255)
    .log();
  return finest.sub(first).mul(passed).add(first).exp();
}

/**
 * The first state, scale Y + spread z: the measurement Y as a clean image, or as the state that its own noise makes of one, which is Y in the scale of
 * alphaBar 1 / (1 + sigma_y^2); the released code leaves the scale away.
 */
function firstNoise(ctx: StepContext, level: Level, { start, mode }: RdmdOptions): { readonly scale: Tensor; readonly spread: Tensor } {
  const al = level.sqrtAlphaBar;
  if (start === "interpolated") return { scale: al, spread: level.sqrtOneMinusAlphaBar };
  const spread = remainingSpread(level.sqrtOneMinusAlphaBar, al.mul(ctx.sigmaY));
  return { scale: mode === "faithful" ? al.mul(ctx.sigmaY.square().add(1).sqrt()) : al, spread };
}
