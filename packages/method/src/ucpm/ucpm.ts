import { conjugateGradient, coreErrors, defineStage, type PriorModulator, type Tensor } from "@leader/core";
import { z } from "zod";
import { charbonnierTv } from "./charbonnier-tv.js";
import { laplacian } from "./laplacian.js";
import type { LinearizedPenalty, Penalty } from "./penalty.js";
import { tikhonov } from "./tikhonov.js";

const options = z.strictObject({
  fidelity: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe(
      "from perceptual (0) to faithful (1): the share of fresh noise that is proposed to the baseline and the weight of Phi, together along the frontier of LPIPS and PSNR",
    ),
  freshShare: z
    .union([z.number().min(0).max(1), z.literal("baseline")])
    .optional()
    .describe(
      "share of the noise variance that the baseline is asked to draw afresh, in place of what `fidelity` says; baseline: proposes none, as the paper. A share in the baseline's own options wins",
    ),
  phi: z.enum(["charbonnier-tv", "tikhonov", "laplacian"]).default("charbonnier-tv").describe("the prior functional Phi"),
  weight: z
    .number()
    .min(0)
    .optional()
    .describe(
      "strength of Phi; in place of what `fidelity` says, which at 0.5 is 2 for charbonnier-tv, 7 for tikhonov and 1.4 for laplacian",
    ),
  epsilon: z
    .number()
    .positive()
    .default(0.01)
    .describe("charbonnier-tv: differences well below this are smoothed as noise; image values are in [-1,1]"),
  colour: z
    .enum(["coupled", "separate"])
    .default("coupled")
    .describe("charbonnier-tv: one edge strength for all channels, or one for each"),
  hessian: z
    .enum(["diagonal", "cg"])
    .default("diagonal")
    .describe("the Hessian of Phi as a diagonal (closed form per pixel), or in full by conjugate gradients"),
  iterations: z.int().min(1).max(1000).default(5).describe("cg: iterations per step"),
});
type Options = z.output<typeof options>;

const defaultWeight = { "charbonnier-tv": 2, tikhonov: 7, laplacian: 1.4 } as const;

/**
 * Uncertainty-calibrated prior modulation, eqs 11-15: the minimiser of
 * (x - x0)^T Sigma^-1 (x - x0) / 2 + Phi(x) with Phi linearised at x0,
 *
 *   xbar = x0 - Lambda grad Phi(x0),   Lambda = Sigma (I + H Sigma)^-1
 *
 * It also proposes to the baseline how much of a step's noise to draw afresh, the other half of what moves a result along the frontier between PSNR and
 * LPIPS: UCPM takes out of the estimate what is uncertain, so that less fresh noise is needed for the network to mend what it got wrong.
 *
 * Sigma = diag Cov(x0 | x_t) is the host's estimate. Where Sigma = 0, xbar is x0 to the last bit. The predicted noise stays
 * as it is, as eq. 21 has it.
 */
export function ucpmModulator(o: Options): PriorModulator<Record<string, never>> {
  const penalty = penaltyOf(o);
  const share = o.freshShare ?? fidelityShare(o.fidelity);
  return {
    needsUncertainty: true,
    proposesFreshShare: share !== "baseline",
    init: () => ({}),
    modulate(_ctx, { prior }, state) {
      if (prior.uncertainty === undefined) throw coreErrors.UNCERTAINTY_MISSING({ stage: "modulator" });
      const linearized = penalty(prior.x0);
      const correction =
        o.hessian === "diagonal" ? diagonal(prior.uncertainty, linearized) : iterative(prior.uncertainty, linearized, o.iterations);
      const proposal = share === "baseline" ? {} : { freshShare: correction.trace.scalar(share, "float32") };
      return { prior: { ...prior, x0: prior.x0.sub(correction) }, state, ...proposal };
    },
  };
}

/** From 0.16 to all of the variance: 0.4 to 1 as the weight of the fresh noise, 0.7 in the middle. */
const fidelityShare = (fidelity: number): number => (0.4 + 0.6 * fidelity) ** 2;

/** Half as strong to twice as strong. */
const fidelityStrength = (fidelity: number): number => 4 ** (fidelity - 0.5);

function penaltyOf(o: Options): Penalty {
  const weight = o.weight ?? defaultWeight[o.phi] * fidelityStrength(o.fidelity);
  switch (o.phi) {
    case "charbonnier-tv":
      return charbonnierTv({ weight, epsilon: o.epsilon, colour: o.colour });
    case "tikhonov":
      return tikhonov({ weight });
    case "laplacian":
      return laplacian({ weight });
    default:
      return o.phi satisfies never;
  }
}

/** Lambda grad Phi with H as a diagonal: Sigma / (1 + h Sigma) per pixel. */
const diagonal = (variance: Tensor, { gradient, curvature }: LinearizedPenalty): Tensor =>
  variance.div(variance.mul(curvature).add(1)).mul(gradient);

/**
 * Lambda grad Phi with H in full. With S = sqrt(Sigma), Lambda = S (I + S H S)^-1 S: the system is symmetric, never worse conditioned
 * than 1 + |S H S|, and exact where Sigma is 0, unlike Sigma^-1 + H.
 */
function iterative(variance: Tensor, { gradient, hessian }: LinearizedPenalty, iterations: number): Tensor {
  const root = variance.sqrt();
  const solved = conjugateGradient((u) => u.add(root.mul(hessian(root.mul(u)))), root.mul(gradient), { iterations });
  return root.mul(solved);
}

export const ucpm = defineStage({
  kind: "modulator",
  summary: "UCPM: a local image prior, applied as far as the posterior is uncertain",
  options,
  requires: ["prior.uncertainty"],
  create: ucpmModulator,
});
