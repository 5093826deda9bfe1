import type { Stage } from "@leader/core";
import { describeBaseline } from "@leader/core/testing";
import plugin from "./plugin.js";

const stage = (name: string): Stage<"baseline"> => plugin.stages[name] as Stage<"baseline">;

const steps = [4, 20] as const;

describeBaseline("dcdp", stage("dcdp"), { options: { iterations: 20, evaluations: 4 }, steps });
describeBaseline("dcdp, one-step purification", stage("dcdp"), {
  options: { mode: "faithful", iterations: 20, evaluations: 1 },
  approachesPosteriorMean: [{ noise: 0.05, within: 0.2 }],
  steps,
});
