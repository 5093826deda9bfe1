import { definePlugin, defineStage } from "@leader/core";
import { z } from "zod";
import { fdgr } from "./fdgr.js";
import { pirp } from "./pirp.js";

const guidance = {
  fidelity: z
    .enum(["both", "back-projection", "least-squares"])
    .default("both")
    .describe("data term: F_lb, which goes from back-projection to least squares as noise falls, F_b or F_l"),
  gamma: z.number().min(0).default(8).describe("noisy measurements: the share of least squares is alphaBar to this power"),
  zeta: z.number().min(0).max(1).optional().describe("share of fresh noise, in variance. Default: what LEADer proposes, else 0.5"),
  etaTilde: z
    .number()
    .min(0)
    .default(0.7)
    .describe("regularisation of the back-projection, in units of the measurement's noise variance (at least 1e-4)"),
  leastSquaresScale: z.number().positive().default(1).describe("length of the least-squares step"),
  injectNoise: z.boolean().default(true).describe("false: no noise term at all, a deterministic optimisation (the starred variants)"),
};

/** The plugin `@leader/baseline-pirp`: PIRP and FDGR. */
export default definePlugin({
  apiVersion: "1.0",
  name: "@leader/baseline-pirp",
  version: "0.1.0",
  stages: {
    pirp: defineStage({
      kind: "baseline",
      summary: "PIRP: preconditioned guidance with a prior that sharpens pixels of low curvature (F_lb G_-)",
      reference: "PIRP. Knowledge-Based Systems 338:115488",
      options: z.strictObject({
        ...guidance,
        stepMode: z
          .union([z.literal(0), z.literal(1), z.literal(2)])
          .optional()
          .describe(
            "0: guidance in full; 1: shrinking with the noise variance; 2: only its least-squares part shrinking. Default: as published for DDPG, 0 without noise in the measurement and 1 with it",
          ),
        gradientPrior: z.enum(["minus", "plus"]).default("minus").describe("minus sharpens (G_-), plus smooths (G_+)"),
        kappa: z.number().min(0).default(0.2).describe("strength of the prior"),
        q: z.number().positive().default(0.01).describe("curvatures well above this are edges and left alone; image values are in [-1,1]"),
        legacyChannelSwap: z.boolean().default(false).describe("weigh red by the curvature of blue and the reverse, as released"),
      }),
      requires: ["operator.proxL2"],
      create: pirp,
    }),
    fdgr: defineStage({
      kind: "baseline",
      summary: "FDGR: preconditioned guidance with a non-convex prior on gradients, by frequencies or pixel differences",
      options: z.strictObject({
        ...guidance,
        stepMode: z
          .union([z.literal(0), z.literal(1)])
          .default(1)
          .describe("0: guidance in full; 1: shrinking with the noise variance"),
        gradientPrior: z
          .enum(["minus", "plus"])
          .default("minus")
          .describe("minus: derivatives by frequencies (G-); plus: pixel differences (G+)"),
        strength: z.number().optional().describe("strength of the prior; negative sharpens. Default -0.09 for minus, 1.3 for plus"),
        alpha: z.number().positive().max(2).default(0.5).describe("exponent of the potential"),
        sigmaG: z.number().positive().default(1.5).describe("scale of the potential"),
      }),
      requires: ["operator.proxL2"],
      create: fdgr,
    }),
  },
});
