import type { Stage } from "@leader/core";
import { describeBaseline } from "@leader/core/testing";
import plugin from "./plugin.js";

const stage = (name: string): Stage<"baseline"> => plugin.stages[name] as Stage<"baseline">;

// Without declared powers the operators of this suite show none, so this is the route by conjugate gradients.
describeBaseline("ddpg", stage("ddpg"), {
  options: { stepMode: 0 },
  approachesPosteriorMean: [{ noise: 0 }, { noise: 0.05, within: 0.3 }],
});
describeBaseline("ddpg, shrinking steps", stage("ddpg"), {
  options: { stepMode: 1 },
  approachesPosteriorMean: [{ noise: 0.05, within: 0.3 }],
});
describeBaseline("ddpg, no fresh noise", stage("ddpg"), { options: { zeta: 0, finalOutput: "x0" } });
describeBaseline("idpg", stage("idpg"), { approachesPosteriorMean: [] });
