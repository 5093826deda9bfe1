import { definePlugin, defineStage } from "@leader/core";
import { z } from "zod";
import { ddpg } from "./ddpg.js";
import { idpg } from "./idpg.js";

const reference =
  "Garber, Tirer: Image Restoration by Denoising Diffusion Models with Iteratively Preconditioned Guidance. CVPR 2024. https://arxiv.org/abs/2312.16519";

const guidance = {
  gamma: z
    .number()
    .min(0)
    .default(8)
    .describe(
      "how late the guidance turns from back-projection to least squares, and with noise how late predicted noise is believed; published: 3 to 300",
    ),
  etaTilde: z
    .number()
    .min(0)
    .default(0.7)
    .describe("regularisation of the back-projection, in units of the measurement's variance; published: 0 to 7"),
  leastSquaresScale: z.number().positive().default(1).describe("length of the least-squares step"),
  iterations: z
    .int()
    .min(1)
    .max(200)
    .default(30)
    .describe("conjugate gradients where the operator has neither `proxL2` nor `svd`; an eighth of them where it has `normalInverse`"),
  legacyRegularisation: z.boolean().default(false).describe("the obsolete regularisation 1e-4 + 1e-5 (255 sigma)^2 in place of etaTilde"),
  finalOutput: z
    .enum(["published", "x0", "guided"])
    .default("published")
    .describe(
      "the last estimate before its guidance (`x0`) or after (`guided`); published: `x0` for noisy measurements, `guided` for others",
    ),
};

const stepModes = "0: full steps; 1: steps shrink as (1-a')/(1-a); 2: only least-squares steps shrink";
const stepMode = z.literal([0, 1, 2]).describe(stepModes);

/** The plugin `@leader/baseline-ddpg`: iteratively preconditioned guidance, with and without noise. */
export default definePlugin({
  apiVersion: "1.0",
  name: "@leader/baseline-ddpg",
  version: "0.1.0",
  stages: {
    ddpg: defineStage({
      kind: "baseline",
      summary: "DDPG: guidance that goes from back-projection to least squares, with noise injection",
      reference,
      options: z.strictObject({
        ...guidance,
        zeta: z
          .number()
          .min(0)
          .max(1)
          .optional()
          .describe(
            "share of the noise variance that every step draws afresh; published: 0.4 to 1. Default: what LEADer proposes, else 0.5",
          ),
        stepMode: stepMode.optional().describe(`${stepModes}. Default: as published, 0 without noise in the measurement and 1 with it`),
      }),
      create: ddpg,
    }),
    idpg: defineStage({
      kind: "baseline",
      summary: "IDPG: the guidance of DDPG as a deterministic optimisation, without noise injection",
      reference,
      options: z.strictObject({ ...guidance, stepMode: stepMode.default(0) }),
      create: idpg,
    }),
  },
});
