import type { Stage } from "@leader/core";
import { describeBaseline } from "@leader/core/testing";
import plugin from "./plugin.js";

const stage = (name: string): Stage<"baseline"> => plugin.stages[name] as Stage<"baseline">;

// The square of the block means' singular value is a quarter.
describeBaseline("cddb", stage("cddb"), {
  options: { stepSize: 4 },
  approachesPosteriorMean: [{ noise: 0 }, { noise: 0.05 }],
  steps: [4, 40],
});
describeBaseline("cddb, faithful", stage("cddb"), {
  options: { mode: "faithful", stepSize: 2, clip: false, variance: "upper" },
  steps: [4, 40],
});
