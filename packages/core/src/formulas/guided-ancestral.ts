import { type GuidedInput, type StepContext, type StepInput, type UpdateRule } from "../contract/baseline.js";
import type { Level, Prior } from "../contract/denoiser.js";
import { defined, type Tensor } from "@leader/graph";
import { ancestralStep, withNoise, type AncestralStep, type AncestralVariance } from "./ancestral-step.js";
import { travelBack } from "./forward-process.js";
import { pureNoise, type LastEstimate } from "./fresh-noise.js";
import { pullLength, residualPull, type ResidualPull } from "./residual-pull.js";

/** What DPS and the methods that follow it have in common. */
export interface GuidedAncestralOptions {
  /** zeta, the length of a step along the gradient of |r| per trained level; of the level that the step leaves, where it varies. */
  readonly scale: number | ((ctx: StepContext, from: Level) => Tensor);
  /** `corrected`: independent of batch and grid. `faithful`: one norm over the whole batch, `scale` per step however long the step. */
  readonly mode: "corrected" | "faithful";
  /** Clip the estimate to [-1,1], also where it is differentiated: saturated pixels then pull on nothing. */
  readonly clip: boolean;
  readonly variance: AncestralVariance;
  /** A symmetric linear map of the residual: r is then this of y - A x0. Default: the residual itself. */
  readonly filter?: (ctx: StepContext, r: Tensor, from: Level) => Tensor;
  /** Unit normal noise of a step that is known but for it. Default: the draw `z`. */
  readonly draw?: (ctx: StepContext, step: AncestralStep, input: StepInput) => Tensor;
}

/** What the `guide` of such a rule hands to its `step`. */
export type GuidedPull = { readonly direction: Tensor; readonly residual: Tensor };

/**
 * Posterior sampling with the gradient of the residual's norm through the network (Chung et al. 2023, Algorithm 1). An ancestral step, then one
 * along the gradient:
 *
 *   x0 = clip(D(x)),   r = F (y - A x0)
 *   x' = mu(x0, x) + s z + zeta J^T A^T F r / |r|
 *
 * `corrected` takes zeta for every trained level that a step crosses, but never more than |r|, so that a scale means the same on any grid.
 * Images in [-1,1]. The noise of the measurement is not used. Needs `denoiser.differentiable`.
 */
export function guidedAncestral(options: GuidedAncestralOptions): UpdateRule<LastEstimate> {
  return {
    init: (ctx, { level }) => pureNoise(ctx, level),
    guide: (ctx, at) => ({ ...estimatePull(ctx, at, options) }),
    step(ctx, input: GuidedInput<GuidedPull>) {
      const step = pulledStep(ctx, input, options);
      const z = options.draw?.(ctx, step, input) ?? ctx.noise("z", ctx.denoiser.image);
      return withNoise(step, z, limitedEstimate(input.prior, options), input.to);
    },
    travel: travelBack,
  };
}

/** The estimate that is fitted to the measurement. */
export const limitedEstimate = ({ x0 }: Prior, { clip }: Pick<GuidedAncestralOptions, "clip">): Tensor => (clip ? x0.clip(-1, 1) : x0);

/** The `guide` of such a rule: what `pulledStep` needs. */
export function estimatePull(
  ctx: StepContext,
  { x, y, from, prior }: Pick<StepInput, "x" | "y" | "from" | "prior">,
  options: Pick<GuidedAncestralOptions, "mode" | "clip" | "filter">,
): ResidualPull {
  const { filter } = options;
  return residualPull(
    ctx,
    { x, y, x0: limitedEstimate(prior, options) },
    { jointNorm: options.mode === "faithful", ...defined({ filter: filter && ((r: Tensor): Tensor => filter(ctx, r, from)) }) },
  );
}

/** The ancestral step to the limited estimate, its mean moved along the gradient that `estimatePull` found. */
export function pulledStep(
  ctx: StepContext,
  input: GuidedInput<GuidedPull>,
  options: Pick<GuidedAncestralOptions, "mode" | "scale" | "clip" | "variance">,
): AncestralStep {
  const { from, to } = input;
  const { direction, residual } = input.guidance;
  const { mean, spread } = ancestralStep(input, limitedEstimate(input.prior, options), options.variance);
  const scale = typeof options.scale === "number" ? options.scale : options.scale(ctx, from);
  return { mean: mean.add(direction.mul(options.mode === "faithful" ? scale : pullLength(scale, residual, { from, to }))), spread };
}
