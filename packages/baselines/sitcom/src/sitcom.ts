import {
  adam,
  type AdamState,
  type GuidedInput,
  type InnerLoop,
  type LastEstimate,
  type LinearOperator,
  pureNoise,
  sizeOf,
  type StepContext,
  type StepInput,
  type StepOutput,
  type Tensor,
  travelBack,
  type UpdateRule,
} from "@leader/core";

export interface SitcomOptions {
  /** K: the most network evaluations of a step. */
  readonly evaluations: number;
  /** Adam's step. */
  readonly learningRate: number;
  /** lambda: how strongly the network's input is held at the state. */
  readonly proximity: number;
  /** Added to the noise of the measurement in the stopping rule, in engine units. */
  readonly margin: number;
  /** Clip the estimate to [-1,1], also in the gradient. */
  readonly clip: boolean;
  /** `faithful`: the released scripts, but for their choice of the best image by ground truth. */
  readonly mode: "corrected" | "faithful";
}

/** What SITCOM keeps between evaluations. */
export interface SitcomState extends LastEstimate, AdamState {
  /** x_t, where the search of a step started. */
  readonly start: Tensor;
}

/** What `guide` hands on. */
type Guidance = {
  readonly gradient: Tensor;
  /** Per image 1 if the estimate explains the measurement; [N,1,1,1]. */
  readonly fits: Tensor;
};

/** The scalar that ends the inner loop. */
const until = "sitcom.fits";

/**
 * SITCOM: step-wise triple-consistent sampling (Alkhouri et al. 2025). In every step Adam moves the input v of the network, from v = x_t,
 * until the estimate explains the measurement, and the estimate is noised to the next level:
 *
 *   L(v) = |A D(v) - y|^2 + lambda |v - x_t|^2,   stop where |A D(v) - y|^2 < (sigma_y + margin)^2 m
 *   x' = sqrt(a') D(v) + sqrt(1-a') z
 *
 * The stopping rule is the discrepancy principle: m counts the measured values, so no ground truth is needed. The estimate of the last
 * evaluation is used, that is of v before Adam's last move. A step takes between 1 and `evaluations` evaluations; an image of a batch that fits
 * stands still. Images in [-1,1].
 *
 * `faithful`: m counts all values of y, also those that are not measured; without measurement noise the loss is |A D(v) - y| and nothing
 * stops early; for inpainting known pixels are overwritten by y. In no mode is the best image chosen by ground truth, as the released
 * code does, nor is lambda (0 there) anything but an option.
 */
export function sitcom(options: SitcomOptions): UpdateRule<SitcomState> {
  const optimiser = adam({ rate: options.learningRate });
  /** A search that has not begun. */
  const atRest = (x: Tensor): AdamState & { readonly start: Tensor } => ({ start: x, ...optimiser.start(x) });
  const inner: InnerLoop<SitcomState> = {
    most: options.evaluations,
    until,
    advance(_ctx, { x, guidance: { gradient, fits } }: GuidedInput<Guidance, Omit<StepInput, "to">>, state) {
      const whole = gradient.add(x.sub(state.start).mul(2 * options.proximity));
      const moved = optimiser.step(x, whole, state, 0);
      return { x: fits.greater(0).where(x, moved.x), state: { ...state, ...moved.state } };
    },
  };
  return {
    inner,
    init(ctx, { level }) {
      const made = pureNoise(ctx, level);
      return { ...made, state: { x0: made.x, ...atRest(made.x) } };
    },
    guide(ctx, { x, y, prior }): Guidance {
      const x0 = limited(prior.x0, options);
      const r = y.sub(ctx.operator.apply(x0));
      const batch = x.shape[0]!;
      const misfit = r
        .square()
        .reshape([batch, r.size / batch])
        .sum([1], { keepDims: true });
      const blindScript = ctx.noiseFree && options.mode === "faithful";
      // The released noise-free script descends |r|: the same direction, with another length.
      const weight = blindScript ? misfit.sqrt().maximum(1e-12).pow(-1) : misfit.mul(0).add(2);
      const bound = ctx.sigmaY
        .add(options.margin)
        .square()
        .mul(measuredValues(ctx.operator, options) / batch);
      const fits = blindScript ? misfit.mul(0) : misfit.less(bound).cast("float32");
      ctx.observe(until, fits.min());
      ctx.observe("sitcom.misfit", misfit.max().div(bound));
      const pulled = r.mul(weight.reshape([batch, ...r.shape.slice(1).map(() => 1)]));
      return {
        gradient: ctx.pullback(x0, x, ctx.operator.adjoint(pulled)).neg(),
        fits: fits.reshape([batch, 1, 1, 1]),
      };
    },
    step(ctx, { y, to, prior }) {
      const x0 = known(ctx, limited(prior.x0, options), y, options);
      const z = ctx.noise("z", ctx.denoiser.image);
      const x = to.sqrtAlphaBar.mul(x0).add(to.sqrtOneMinusAlphaBar.mul(z));
      return { x, state: { x0, ...atRest(x) }, freshNoise: { whitened: z, total: z } };
    },
    travel(ctx, at, state): StepOutput<SitcomState> {
      const made = travelBack(ctx, at, state);
      return { ...made, state: { ...state, ...atRest(made.x) } };
    },
  };
}

const limited = (x0: Tensor, { clip }: SitcomOptions): Tensor => (clip ? x0.clip(-1, 1) : x0);

/** m, of the whole batch. */
function measuredValues({ measured, range }: LinearOperator, { mode }: SitcomOptions): number {
  const all = sizeOf(range.shape);
  if (measured === undefined || mode === "faithful") return all;
  return (all * Array.from(measured.data).reduce((sum, value) => sum + value, 0)) / measured.data.length;
}

/** The estimate, with known pixels put back where the released code does so. */
function known({ operator }: StepContext, x0: Tensor, y: Tensor, options: SitcomOptions): Tensor {
  if (options.mode !== "faithful" || operator.measured === undefined) return x0;
  return limited(x0.sub(operator.adjoint(operator.apply(x0).sub(y))), options);
}
