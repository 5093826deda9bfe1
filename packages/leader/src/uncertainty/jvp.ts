import { defineStage, type Tensor, type UncertaintyEstimator } from "@leader/core";
import { z } from "zod";
import { meanWithError } from "./mean-with-error.js";
import { dataVarianceOption, windowOption } from "./options.js";
import { varianceMap } from "./variance-map.js";

const options = z.strictObject({
  probes: z.int().min(1).max(1024).default(1).describe("random directions per step; each costs one pass through the network"),
  direction: z
    .enum(["reverse", "forward"])
    .default("reverse")
    .describe("J^T v (one pass back per probe) or J v (as much, and the forward pass of the derivative); the diagonal is the same"),
  window: windowOption,
  dataVariance: dataVarianceOption,
});

/**
 * Sigma_t by exact derivatives of the network: diag Sigma = ((1-ab)/sqrt(ab)) diag J with J = d x0 / d x (eq. 10 of the paper in the form
 * without cancellation), and diag J ~ v * (J^T v) for random signs v (Hutchinson), averaged over probes. J of an optimal network is symmetric, and
 * the diagonals of J and J^T agree for any: `reverse` and `forward` estimate the same. No evaluation is added, nor the error of a
 * difference; the forward pass is that of the prediction. The standard error is that of `finite-difference`.
 */
export const jvpEstimator = (o: z.output<typeof options>): UncertaintyEstimator => ({
  needsFreshNoise: false,
  estimate(ctx, { x, level, prior }) {
    const factor = level.sigma.mul(level.sqrtOneMinusAlphaBar);
    const pulled = (cotangent: Tensor): Tensor => ctx.pullback(prior.x0, x, cotangent);
    const pushed = (tangent: Tensor): Tensor => {
      // J^T u is linear in u, whatever u is; its own pullback is J.
      const anywhere = x.trace.scalar(0, "float32").expand(x.shape);
      return ctx.pullback(pulled(anywhere), anywhere, tangent);
    };
    const diagonals = Array.from({ length: o.probes }, (_, k) => {
      const v = ctx.signs(`probe${k}`, x);
      return v.mul(o.direction === "reverse" ? pulled(v) : pushed(v)).mul(factor);
    });
    const [first, ...rest] = diagonals.map((diagonal) => diagonal.reshape([1, ...diagonal.shape]));
    const { mean, standardError } = meanWithError(first!.concat(rest, 0));
    const average = diagonals.reduce((a, b) => a.add(b)).div(o.probes);
    const variance = varianceMap(ctx, average.mean([1], { keepDims: true }), level.sigma, o);
    return { variance, mean, standardError: standardError.mul(Math.SQRT2) };
  },
});

export const jvp = defineStage({
  kind: "uncertainty",
  summary: "posterior variance by exact derivatives of the network along random signs: one more pass per probe, no evaluation",
  options,
  requires: ["denoiser.differentiable"],
  create: jvpEstimator,
});
