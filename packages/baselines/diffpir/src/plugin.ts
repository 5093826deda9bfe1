import { definePlugin, defineStage } from "@leader/core";
import { z } from "zod";
import { backProjectionStep, gradientStep, proximalStep } from "./data-step.js";
import { diffpir } from "./diffpir.js";

const reference =
  "Zhu et al.: Denoising Diffusion Models for Plug-and-Play Image Restoration. CVPR Workshops 2023. https://arxiv.org/abs/2305.08995";

const common = {
  lambda: z
    .number()
    .positive()
    .default(7)
    .describe("weight of the prior against the measurement; published: 2 to 12 for super-resolution, 7 for deblurring, 1 for inpainting"),
  zeta: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe(
      "share of the noise variance that every step draws afresh; published: 0.25 for super-resolution, 0.3 for deblurring, 1 for inpainting. Default: what LEADer proposes, else 0.3",
    ),
  eta: z.number().min(0).max(1).default(0).describe("DDIM's eta, applied to the noise that is not drawn afresh by zeta"),
  guidance: z.number().min(0).max(1).default(1).describe("how far the estimate moves towards the solution of the data step"),
  smallestNoise: z.number().positive().default(0.001).describe("least noise that the data step assumes, for [0,1] images"),
  clip: z.boolean().default(true).describe("limit the network's estimate to [-1,1] before the data step"),
  start: z
    .enum(["interpolated", "noisy-measurement", "noise"])
    .default("interpolated")
    .describe(
      "the first state: the measurement interpolated to the size of the image, the measurement as a state of its own noise level, or pure noise",
    ),
  wasteLast: z
    .boolean()
    .default(true)
    .describe("return the state at timestep 0 and ignore the network there, as the released code does; its noise of 0.01 remains"),
};

/** The plugin `@leader/baseline-diffpir`: DiffPIR with three ways to fit the measurement. */
export default definePlugin({
  apiVersion: "1.0",
  name: "@leader/baseline-diffpir",
  version: "0.1.0",
  stages: {
    diffpir: defineStage({
      kind: "baseline",
      summary: "DiffPIR: half-quadratic splitting; the data step is solved exactly, or by conjugate gradients",
      reference,
      options: z.strictObject({
        ...common,
        iterations: z
          .int()
          .min(1)
          .max(200)
          .default(30)
          .describe(
            "conjugate gradients where the operator has neither `proxL2` nor `svd`; an eighth of them where it has `normalInverse`",
          ),
      }),
      create: ({ iterations, ...options }) => diffpir(options, proximalStep(iterations)),
    }),
    "diffpir-back-projection": defineStage({
      kind: "baseline",
      summary: "DiffPIR with iterative back-projection as its data step",
      reference,
      options: z.strictObject({
        ...common,
        gamma: z.number().positive().default(0.01).describe("length of a back-projection"),
        iterations: z.int().min(1).max(50).default(1).describe("back-projections per step"),
      }),
      requires: ["operator.pinv"],
      create: ({ gamma, iterations, ...options }) => diffpir(options, backProjectionStep(gamma, iterations)),
    }),
    "diffpir-gradient": defineStage({
      kind: "baseline",
      summary: "DiffPIR with one gradient step as its data step: needs nothing but the operator and its adjoint",
      reference,
      options: z.strictObject({
        ...common,
        legacyUnboundedStep: z
          .boolean()
          .default(false)
          .describe("a step of 1/rho as released, which is enormous at high noise, instead of 1/(1 + rho)"),
      }),
      create: ({ legacyUnboundedStep, ...options }) => diffpir(options, gradientStep(legacyUnboundedStep)),
    }),
  },
});
