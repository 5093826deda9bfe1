import { definePlugin, defineStage } from "@leader/core";
import { z } from "zod";
import { daps } from "./daps.js";

const options = z.strictObject({
  mode: z
    .enum(["corrected", "faithful"])
    .default("corrected")
    .describe(
      "corrected: the paper's data gradient and a flow to the clean image; faithful: that of the released main branch, twice as large, and a flow to noise 0.01",
    ),
  odeSteps: z
    .int()
    .min(1)
    .max(100)
    .default(5)
    .describe("Euler steps of the flow at every level, each one network evaluation; published: 5"),
  iterations: z.int().min(0).max(1000).default(100).describe("J, steps of the Markov chain at every level; published: 100"),
  rate: z.number().positive().default(1e-4).describe("step size of the chain at the noisiest level; published: 5e-5 to 1e-4"),
  rateRatio: z.number().positive().max(1).default(0.01).describe("step size at the last level over that at the first; published: 0.01"),
  tau: z
    .union([z.number().positive(), z.literal("measurement")])
    .default(0.01)
    .describe(
      "noise that the data step assumes, for [-1,1] images; published: 0.01 whatever the noise. `measurement` takes the true one: then match `rate` to it, about tau^2",
    ),
  chain: z.enum(["langevin", "hamiltonian"]).default("langevin").describe("kind of the Markov chain"),
  memory: z.number().min(0).lt(1).default(0.9).describe("hamiltonian: share of the momentum that survives a step"),
  sigmaMax: z.number().positive().default(100).describe("noise at which the step size begins to fall; published: 100"),
  sigmaMin: z.number().positive().default(0.1).describe("noise at which it has fallen to its least; published: 0.1"),
});

/** The plugin `@leader/baseline-daps`: decoupled annealing posterior sampling. */
export default definePlugin({
  apiVersion: "1.0",
  name: "@leader/baseline-daps",
  version: "0.1.0",
  stages: {
    daps: defineStage({
      kind: "baseline",
      summary: "DAPS: at every noise level a probability flow to a clean image, and a Markov chain from there to the measurement",
      reference:
        "Zhang et al.: Improving Diffusion Inverse Problem Solving with Decoupled Noise Annealing. CVPR 2025. https://arxiv.org/abs/2407.01521",
      options,
      create: daps,
    }),
  },
});
