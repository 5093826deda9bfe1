import { describeBaseline } from "@leader/core/testing";
import plugin from "./plugin.js";

// Like DPS it fits a point estimate that knows nothing of its own uncertainty. At 6 x 6 pixels the cut-off comes to lie between the few frequencies.
describeBaseline("fgps", plugin.stages["fgps"], {
  options: { clip: false, scaleStart: 0.02, scaleEnd: 0.02, cutoffEnd: 182 },
  approachesPosteriorMean: [{ noise: 0, within: 0.35 }],
  steps: [4, 40],
});
