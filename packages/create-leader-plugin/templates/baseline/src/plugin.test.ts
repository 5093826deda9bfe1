import { describeBaseline, describeCompatibility, describeNoise, describePlugin } from "@leader/core/testing";
import leader from "@leader/method";
import manifest from "../package.json" with { type: "json" };
import plugin, { leaderStageNameRule } from "./index.js";

const stage = plugin.stages["leader-stage-name"];

describePlugin(plugin, manifest, { load: () => import("./plugin.js") });
describeBaseline("leader-stage-name", stage, { hardConsistency: true });
describeNoise("leader-stage-name", {
  first: 1000,
  keepsVariance: [{ operator: "mask", noise: 0, baseline: leaderStageNameRule({ eta: 0.85 }) }],
  reports: [{ operator: "mask", noise: 0, baseline: leaderStageNameRule({ eta: 0.85 }) }],
});
// With every estimator, scheduler and modulator of LEADer: a combination runs, or is refused for a reason that is true.
describeCompatibility("leader-stage-name", stage, {
  plugins: [leader],
  optionsOf: { "@leader/method#fixed": { steps: [801, 401, 0], unit: "index" } },
});
