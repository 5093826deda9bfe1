import type { Stage } from "@leader/core";
import { describeBaseline } from "@leader/core/testing";
import plugin from "./plugin.js";

const stage = plugin.stages["repaint"] as Stage<"baseline">;

describeBaseline("repaint", stage, {
  hardConsistency: true,
  options: { clip: false },
  approachesPosteriorMean: [{ noise: 0, within: 0.1 }],
});
describeBaseline("repaint, clipped, with the upper variance", stage, {
  hardConsistency: true,
  options: { variance: "upper" },
  approachesPosteriorMean: [],
});
describeBaseline("repaint, not pasted", stage, { options: { pasteKnown: false }, approachesPosteriorMean: [] });
