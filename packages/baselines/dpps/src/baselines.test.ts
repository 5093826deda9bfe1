import { describeBaseline } from "@leader/core/testing";
import plugin from "./plugin.js";

// Like DPS it fits a point estimate that knows nothing of its own uncertainty.
describeBaseline("dpps", plugin.stages["dpps"], {
  options: { clip: false, scale: 0.02, candidates: 6 },
  approachesPosteriorMean: [{ noise: 0, within: 0.3 }],
  steps: [4, 40],
});
