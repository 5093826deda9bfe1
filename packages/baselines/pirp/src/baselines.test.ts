import type { Stage } from "@leader/core";
import { describeBaseline } from "@leader/core/testing";
import plugin from "./plugin.js";

const stage = (name: string): Stage<"baseline"> => plugin.stages[name] as Stage<"baseline">;
const biased = { approachesPosteriorMean: [] };

describeBaseline("pirp without its prior, which is DDPG", stage("pirp"), {
  options: { kappa: 0, stepMode: 0, zeta: 0.9 },
  approachesPosteriorMean: [{ noise: 0, within: 0.15 }],
});
describeBaseline("pirp", stage("pirp"), biased);
describeBaseline("pirp, F_b G_+, starred", stage("pirp"), {
  ...biased,
  options: { fidelity: "back-projection", gradientPrior: "plus", injectNoise: false },
});
describeBaseline("fdgr, G-", stage("fdgr"), biased);
describeBaseline("fdgr, G+", stage("fdgr"), { ...biased, options: { gradientPrior: "plus", stepMode: 0 } });
