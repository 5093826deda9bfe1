import type { Stage } from "@leader/core";
import { describeBaseline } from "@leader/core/testing";
import plugin from "./plugin.js";

const stage = (name: string): Stage<"baseline"> => plugin.stages[name] as Stage<"baseline">;

// The optimum between the measurement and two denoisers is not the posterior mean, and one gradient step per level lags behind it.
describeBaseline("rdmd", stage("rdmd"), {
  options: { smallestNoise: 0.02 },
  approachesPosteriorMean: [
    { noise: 0, within: 0.4 },
    { noise: 0.05, within: 0.15 },
  ],
  steps: [4, 30],
});
describeBaseline("rdmd, faithful", stage("rdmd"), {
  options: { mode: "faithful", zeta: 0, result: "estimate", start: "noisy-measurement" },
  approachesPosteriorMean: [{ noise: 0.05, within: 0.15 }],
  steps: [4, 30],
});
