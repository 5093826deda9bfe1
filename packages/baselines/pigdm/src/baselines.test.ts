import type { Stage } from "@leader/core";
import { describeBaseline } from "@leader/core/testing";
import plugin from "./plugin.js";

const stage = (name: string): Stage<"baseline"> => plugin.stages[name] as Stage<"baseline">;

describeBaseline("pigdm", stage("pigdm"), { approachesPosteriorMean: [{ noise: 0, within: 0.3 }] });
describeBaseline("pigdm, weighted by the posterior mean", stage("pigdm"), {
  options: { guidance: "posterior", start: "noise" },
  approachesPosteriorMean: [
    { noise: 0, within: 0.3 },
    { noise: 0.05, within: 0.3 },
  ],
});
describeBaseline("pigdm, deterministic", stage("pigdm"), { options: { eta: 0, guidance: "posterior" }, approachesPosteriorMean: [] });
