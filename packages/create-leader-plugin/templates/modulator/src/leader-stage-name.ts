import { coreErrors, type PriorModulator } from "@leader/core";
import { z } from "zod";

export const options = z.strictObject({
  spread: z.number().positive().default(1).describe("standard deviation of pixels around the mean of a picture, images in [-1,1]"),
});

/**
 * Shrinkage: were the pixels N(m, tau^2) around the mean m of their channel, and x0 known up to the variance u, the best estimate would be
 * x0 + u / (u + tau^2) (m - x0). Where u = 0 nothing changes. The predicted noise follows, so that x stays the same.
 */
export const leaderStageNameModulator = ({ spread }: z.output<typeof options>): PriorModulator<Record<string, never>> => ({
  needsUncertainty: true,
  init: () => ({}),
  modulate(_ctx, { x, from, prior }, state) {
    const u = prior.uncertainty;
    if (u === undefined) throw coreErrors.UNCERTAINTY_MISSING({ stage: "modulator" });
    const towards = prior.x0.mean([2, 3], { keepDims: true }).sub(prior.x0);
    const x0 = prior.x0.add(u.div(u.add(spread ** 2)).mul(towards));
    return { prior: { ...prior, x0, epsilon: x.sub(x0.mul(from.sqrtAlphaBar)).div(from.sqrtOneMinusAlphaBar) }, state };
  },
});
