import {
  conjugateGradient,
  coreErrors,
  defineStage,
  measuredShare,
  measurementNoise,
  misfitOf,
  type Modulated,
  type PriorModulator,
  type StepContext,
  type StepInput,
  type Tensor,
} from "@leader/core";
import { z } from "zod";
import { charbonnierTv } from "./charbonnier-tv.js";
import { extrapolated, lastSeen, leavesOpen, unseen, type LastSeen } from "./extrapolation.js";
import { grainOf, nothingOpen, stillOpen, type Grain } from "./grain.js";
import { laplacian } from "./laplacian.js";
import type { LinearizedPenalty, Penalty } from "./penalty.js";
import { moreWhereSmooth, proposedShare, type ShareOfLevels } from "./proposed-share.js";
import { tikhonov } from "./tikhonov.js";

const part = z.number().min(0).max(1);

const options = z
  .strictObject({
    fidelity: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .describe(
        "from perceptual (0) to faithful (1): the share of fresh noise that is proposed to the baseline and the weight of Phi, together along the frontier of LPIPS and PSNR",
      ),
    freshShare: z
      .union([
        part,
        z.literal("baseline"),
        z.strictObject({
          early: part.describe("at high noise, where nothing is measured"),
          late: part.describe("near the clean end, where nothing is measured"),
          measured: part.describe("in what is measured, which counts by its share of the dimensions"),
        }),
      ])
      .optional()
      .describe(
        "share of the noise variance that the baseline is asked to draw afresh, in place of what `fidelity` says: the same in every step, or by its parts (`early`, `late`, `measured`); baseline: proposes none, as the paper. A share in the baseline's own options wins",
      ),
    texture: z
      .number()
      .positive()
      .optional()
      .describe(
        "pixels whose Sigma is below this times sigma draw the more of their noise afresh, all of it where nothing is uncertain, with baselines that draw the noise of each pixel by itself (DDNM, DDPG, DiffPIR, PIRP). Default: all pixels draw the same share",
      ),
    extrapolation: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .describe(
        "how much of its last change the estimate is carried on by, where nothing is measured, for a step holds it while it would go on changing: 1 is a second-order step, 0 none. Default: 0.3, and 0 with `freshShare: baseline`, as the paper",
      ),
    grain: z
      .number()
      .min(0)
      .max(1)
      .default(0)
      .describe(
        "how much of the texture that an expectation leaves out the result is given, as noise of brightness: a share of the standard deviation that was open at a noise of 0.3, when texture is decided. 0.25 lowers LPIPS by 5 to 10 % and PSNR by 0.05 to 0.15 dB where much is open",
      ),
    phi: z.enum(["charbonnier-tv", "tikhonov", "laplacian"]).default("charbonnier-tv").describe("the prior functional Phi"),
    weight: z
      .number()
      .min(0)
      .optional()
      .describe(
        "strength of Phi; in place of what `fidelity` says, which at 0.5 is 3 for charbonnier-tv, 8 for tikhonov and 1.7 for laplacian",
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
  })
  .refine(({ freshShare, texture }) => freshShare !== "baseline" || texture === undefined, {
    path: ["texture"],
    message: "texture says where more noise is drawn than is proposed, and freshShare: baseline proposes none: leave one of them out",
  });
type Options = z.output<typeof options>;

const usualExtrapolation = 0.3;

/** What is kept from step to step; each part is there if its strength is above 0. */
interface Kept {
  readonly last?: LastSeen;
  readonly grain?: Grain;
  readonly [part: string]: LastSeen | Grain;
}

const defaultWeight = { "charbonnier-tv": 3, tikhonov: 8, laplacian: 1.7 } as const;

/**
 * Uncertainty-calibrated prior modulation, eqs 11-15: the minimiser of
 * (x - x0)^T Sigma^-1 (x - x0) / 2 + Phi(x) with Phi linearised at x0,
 *
 *   xbar = x0 - Lambda grad Phi(x0),   Lambda = Sigma (I + H Sigma)^-1
 *
 * It also proposes to the baseline how much of a step's noise to draw afresh (`proposedShare`), the other half of what moves a result along the frontier
 * between PSNR and LPIPS, carries on what the measurement leaves open (`extrapolated`), and gives the result a part of the texture that it lacks (`grainOf`),
 * both added to xbar.
 *
 * Sigma = diag Cov(x0 | x_t) is the host's estimate. Where Sigma = 0, xbar is x0 to the last bit. The predicted noise stays
 * as it is, as eq. 21 has it.
 */
export function ucpmModulator(o: Options): PriorModulator<Kept> {
  const penalty = penaltyOf(o);
  const share = o.freshShare ?? fidelityShare(o.fidelity);
  const extrapolation = o.extrapolation ?? (share === "baseline" ? 0 : usualExtrapolation);
  return {
    needsUncertainty: true,
    proposesFreshShare: share !== "baseline",
    init: (ctx) => ({
      ...(extrapolation > 0 && !ctx.rearranged && leavesOpen(ctx.operator) ? { last: unseen(ctx) } : {}),
      ...(o.grain > 0 ? { grain: nothingOpen(ctx) } : {}),
    }),
    modulate(ctx, input, kept) {
      const { prior, from, to } = input;
      const { x0, uncertainty } = prior;
      if (uncertainty === undefined) throw coreErrors.UNCERTAINTY_MISSING({ stage: "modulator" });
      const linearized = penalty(x0);
      const correction = o.hessian === "diagonal" ? diagonal(uncertainty, linearized) : iterative(uncertainty, linearized, o.iterations);
      const smoothed = x0.sub(correction);
      const proposal = share === "baseline" ? {} : proposed(ctx, input, uncertainty, { share, texture: o.texture });
      const open = kept.grain === undefined ? undefined : stillOpen(kept.grain, from, uncertainty);
      const added = [
        ...(kept.last === undefined ? [] : [extrapolated(ctx, { x0, uncertainty }, input, kept.last, extrapolation)]),
        ...(open === undefined ? [] : [grainOf(ctx, open, to, o.grain)]),
      ];
      return {
        prior: { ...prior, x0: added.reduce((sum, part) => sum.add(part), smoothed) },
        state: {
          ...(kept.last === undefined ? {} : { last: lastSeen(ctx, x0, from.sigma) }),
          ...(open === undefined ? {} : { grain: open }),
        },
        ...proposal,
      };
    },
  };
}

/** The share for the whole picture and, where texture is told from what is not, that of each pixel. */
function proposed(
  ctx: StepContext,
  input: StepInput,
  uncertainty: Tensor,
  { share, texture }: { readonly share: number | ShareOfLevels; readonly texture: number | undefined },
): Pick<Modulated, "freshShare" | "freshShares"> {
  const freshShare = ctx.ofPicture("freshShare", shareOf(ctx, input, uncertainty, share));
  return {
    freshShare,
    ...(texture === undefined ? {} : { freshShares: moreWhereSmooth(freshShare, { uncertainty, from: input.from, texture }) }),
  };
}

/** A scalar. */
function shareOf(ctx: StepContext, { prior, y, from }: StepInput, uncertainty: Tensor, share: number | ShareOfLevels): Tensor {
  if (typeof share === "number") return uncertainty.trace.scalar(share, "float32");
  // What the network sees rearranged cannot be set against the measurement.
  const misfit = ctx.rearranged ? uncertainty.trace.scalar(0, "float32") : misfitOf(ctx, y, prior.x0);
  return proposedShare(share, {
    measured: measuredShare(ctx.operator),
    noise: measurementNoise(ctx),
    from,
    misfit,
    uncertainty,
  });
}

/**
 * In the middle: from all of the variance to an eighth of it where nothing is measured, and half in what is, where it never falls below a
 * third: in deblurring less costs a decibel and gains nothing.
 */
const fidelityShare = (fidelity: number): ShareOfLevels => ({
  early: Math.min(1, 0.5 + fidelity),
  late: Math.max(0.04, fidelity ** 3),
  measured: (1 + 2 * fidelity ** 2) / 3,
});

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
