import type { Stage } from "@leader/core";
import { describeBaseline } from "@leader/core/testing";
import plugin from "./plugin.js";

const stage = (name: string): Stage<"baseline"> => plugin.stages[name] as Stage<"baseline">;

// It seeks a mode, with steps of Adam that do not shrink.
const steps = [4, 40] as const;

describeBaseline("red-diff", stage("red-diff"), {
  approachesPosteriorMean: [
    { noise: 0, within: 0.15 },
    { noise: 0.05, within: 0.15 },
  ],
  steps,
});
describeBaseline("red-diff, faithful", stage("red-diff"), {
  options: { mode: "faithful", perturbation: 1e-3 },
  approachesPosteriorMean: [{ noise: 0, within: 0.15 }],
  steps,
});
