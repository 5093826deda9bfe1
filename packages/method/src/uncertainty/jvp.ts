import { arithmeticBehind, defineStage, type StepContext, type Tensor, type UncertaintyEstimator } from "@leader/core";
import { z } from "zod";
import { dataVarianceOption, everyOption, windowOption } from "./options.js";
import { probedEstimate } from "./probed-estimate.js";

const options = z.strictObject({
  probes: z.int().min(1).max(1024).default(1).describe("random directions per step; each costs one pass through the network"),
  direction: z
    .enum(["auto", "reverse", "forward"])
    .default("auto")
    .describe("J^T v or J v, each about one pass per probe, with the same diagonal; auto: whichever takes less arithmetic in this network"),
  every: everyOption,
  window: windowOption,
  dataVariance: dataVarianceOption,
});

/**
 * Sigma_t by exact derivatives of the network (`probedEstimate`). J of an optimal network is symmetric, and the diagonals of J and J^T agree for any:
 * `reverse` and `forward` estimate the same. No evaluation is added, nor the error of a difference; the forward pass is that of the prediction.
 */
export const jvpEstimator = (o: z.output<typeof options>): UncertaintyEstimator => ({
  needsFreshNoise: false,
  every: o.every,
  estimate(ctx, { x, level, prior }) {
    const products = derivativeProducts(ctx, prior.x0, x);
    return probedEstimate(ctx, { x, level }, o, products[o.direction === "auto" ? cheaper(products, x) : o.direction]);
  },
});

/** J^T v and J v. */
type Products = Readonly<Record<"reverse" | "forward", (v: Tensor) => Tensor>>;

/** Of the derivative of `output` by `input`. */
export function derivativeProducts(ctx: Pick<StepContext, "pullback">, output: Tensor, input: Tensor): Products {
  const reverse = (cotangent: Tensor): Tensor => ctx.pullback(output, input, cotangent);
  const forward = (tangent: Tensor): Tensor => {
    // J^T u is linear in u, whatever u is; its own pullback is J.
    const anywhere = input.trace.scalar(0, "float32").expand(input.shape);
    return ctx.pullback(reverse(anywhere), anywhere, tangent);
  };
  return { reverse, forward };
}

/** The direction with less arithmetic, reverse if equal: it is traced both ways, and what is not used is dropped with other dead code. */
export const cheaper = ({ reverse, forward }: Products, like: Tensor): "reverse" | "forward" =>
  arithmeticBehind(forward(like)) < arithmeticBehind(reverse(like)) ? "forward" : "reverse";

export const jvp = defineStage({
  kind: "uncertainty",
  summary: "posterior variance by exact derivatives of the network along random signs: one more pass per probe, no evaluation",
  options,
  requires: ["denoiser.differentiable"],
  create: jvpEstimator,
});
