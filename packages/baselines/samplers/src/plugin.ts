import { ancestralVariances, ancestralVarianceText, definePlugin, defineStage } from "@leader/core";
import { z } from "zod";
import { ddim } from "./ddim.js";
import { ddpm } from "./ddpm.js";
import { dpmSolver, dpmSolverPlusPlus } from "./dpm-solver.js";
import { edmHeun } from "./edm-heun.js";

const clip = z.boolean().default(false).describe("clip the network's estimate of the image to [-1,1], as released DDPM samplers do");
const order = z
  .union([z.literal(1), z.literal(2)])
  .default(2)
  .describe("2: multistep with the previous evaluation; 1: DDIM");

/** The plugin `@leader/baseline-samplers`: samplers that do not read the measurement. */
export default definePlugin({
  apiVersion: "1.0",
  name: "@leader/baseline-samplers",
  version: "0.1.0",
  stages: {
    ddpm: defineStage({
      kind: "baseline",
      summary: "DDPM: ancestral sampling, unconditional",
      reference: "Ho, Jain, Abbeel: Denoising Diffusion Probabilistic Models. NeurIPS 2020. https://arxiv.org/abs/2006.11239",
      options: z.strictObject({
        variance: z.enum(ancestralVariances).default("auto").describe(ancestralVarianceText),
        clip,
      }),
      create: ddpm,
    }),
    ddim: defineStage({
      kind: "baseline",
      summary: "DDIM: deterministic or partly stochastic sampling, unconditional",
      reference: "Song, Meng, Ermon: Denoising Diffusion Implicit Models. ICLR 2021. https://arxiv.org/abs/2010.02502",
      options: z.strictObject({ eta: z.number().min(0).max(1).default(0).describe("0 is deterministic, 1 is DDPM"), clip }),
      create: ddim,
    }),
    "dpm-solver": defineStage({
      kind: "baseline",
      summary: "DPM-Solver (2M): second-order multistep sampling by noise prediction, unconditional",
      reference: "Lu et al.: DPM-Solver. NeurIPS 2022. https://arxiv.org/abs/2206.00927",
      options: z.strictObject({ order, clip }),
      create: dpmSolver,
    }),
    "dpm-solver-plus-plus": defineStage({
      kind: "baseline",
      summary: "DPM-Solver++ (2M): second-order multistep sampling by data prediction, unconditional",
      reference: "Lu et al.: DPM-Solver++. 2022. https://arxiv.org/abs/2211.01095",
      options: z.strictObject({ order, clip }),
      create: dpmSolverPlusPlus,
    }),
    "edm-heun": defineStage({
      kind: "baseline",
      summary: "EDM Heun: second-order sampling with two network evaluations per step, unconditional",
      reference:
        "Karras et al.: Elucidating the Design Space of Diffusion-Based Generative Models. NeurIPS 2022. https://arxiv.org/abs/2206.00364",
      options: z.strictObject({ clip }),
      create: edmHeun,
    }),
  },
});
