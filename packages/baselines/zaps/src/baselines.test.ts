import { describeBaseline } from "@leader/core/testing";
import plugin from "./plugin.js";

describeBaseline("zaps", plugin.stages["zaps"], {
  options: { clip: false, scales: 1, texture: 0.3, scale: 0.5 },
  approachesPosteriorMean: [{ noise: 0, within: 0.3 }],
  steps: [4, 40],
});
