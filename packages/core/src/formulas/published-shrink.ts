import { constantOf } from "../linear/constants.js";
import type { StepContext } from "../contract/baseline.js";
import type { Level } from "../contract/denoiser.js";
import type { Tensor } from "@leader/graph";

/** Steps of the grid on which methods that shrink their guidance are published. */
const publishedSteps = 100;

/**
 * (1-a') / (1-a), by which some methods shrink their guidance from step to step (DDPG, PIRP). On the grid of 100 steps that they are published on it is
 * close to 1 until the noise is nearly gone; a step that skips levels would make it small everywhere, and the measurement would hardly be
 * followed. Where LEADer skips (it proposes the share of fresh noise, so it is there), a step longer than one of that grid shrinks as one of
 * the grid at its level does.
 */
export function publishedShrink(ctx: Pick<StepContext, "proposesFreshShare" | "denoiser">, from: Level, to: Level): Tensor {
  const own = to.sqrtOneMinusAlphaBar.div(from.sqrtOneMinusAlphaBar).square();
  if (!ctx.proposesFreshShare) return own;
  const { alphaBar } = ctx.denoiser.schedule;
  const stride = publishedStride(ctx);
  const table = Float32Array.from(alphaBar, (a, i) => (a === 1 ? 0 : (1 - alphaBar[Math.max(0, i - stride)]!) / (1 - a)));
  const shrinks = constantOf(own.trace, { shape: [table.length], dtype: "float32", data: table });
  return own.maximum(shrinks.gather(from.index.cast("int32"), 0));
}

export interface DataStepOptions {
  /**
   * 0: both steps are full; 1: both shrink as `publishedShrink` says; 2: only the least-squares step does. Absent, as published: 0 without noise in
   * the measurement, 1 with it.
   */
  readonly stepMode?: 0 | 1 | 2 | undefined;
  /** c, the length of a full least-squares step. */
  readonly leastSquaresScale: number;
}

/** Lengths of the two data steps of DDPG and PIRP (mu_BP and mu_LS of DDPG), scalars. */
export function dataStepLengths(
  ctx: Pick<StepContext, "proposesFreshShare" | "denoiser" | "noiseFree">,
  from: Level,
  to: Level,
  { stepMode = ctx.noiseFree ? 0 : 1, leastSquaresScale }: DataStepOptions,
): { readonly backProjection: Tensor; readonly leastSquares: Tensor } {
  const full = from.index.trace.scalar(1, "float32");
  const shrunk = publishedShrink(ctx, from, to);
  return {
    backProjection: stepMode === 1 ? shrunk : full,
    leastSquares: (stepMode === 0 ? full : shrunk).mul(leastSquaresScale),
  };
}

/** How many steps of the published grid a step is as long as, at least 1; 1 without LEADer's proposal. A scalar. */
export function publishedLength(ctx: Pick<StepContext, "proposesFreshShare" | "denoiser">, from: Level, to: Level): Tensor {
  const one = from.index.trace.scalar(1, "float32");
  if (!ctx.proposesFreshShare) return one;
  return from.index.sub(to.index).div(publishedStride(ctx)).maximum(1);
}

const publishedStride = ({ denoiser }: Pick<StepContext, "denoiser">): number =>
  Math.max(1, Math.floor((denoiser.schedule.alphaBar.length - 1) / publishedSteps));
