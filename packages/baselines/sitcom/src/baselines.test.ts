import type { Stage } from "@leader/core";
import { describeBaseline } from "@leader/core/testing";
import plugin from "./plugin.js";

const stage = (name: string): Stage<"baseline"> => plugin.stages[name] as Stage<"baseline">;

// Adam moves pixels by its rate, not by how much the prior knows of them, and what is drawn afresh forgets the state.
describeBaseline("sitcom", stage("sitcom"), {
  options: { clip: false, evaluations: 5, learningRate: 0.1 },
  approachesPosteriorMean: [{ noise: 0.05, within: 0.4 }],
  steps: [4, 30],
});
