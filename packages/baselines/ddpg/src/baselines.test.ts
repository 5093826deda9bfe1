import type { Stage } from "@leader/core";
import { describeBaseline } from "@leader/core/testing";
import plugin from "./plugin.js";

const stage = (name: string): Stage<"baseline"> => plugin.stages[name] as Stage<"baseline">;

// Without declared powers the operators of this suite show none, so this is the route by conjugate gradients. All singular values of
// such an operator are equal, so that they end after one iteration; harder operators are followed in trajectory.test.ts.
const iterations = 3;

describeBaseline("ddpg", stage("ddpg"), {
  options: { stepMode: 0, iterations },
  approachesPosteriorMean: [{ noise: 0 }, { noise: 0.05, within: 0.3 }],
});
describeBaseline("ddpg, shrinking steps", stage("ddpg"), {
  options: { stepMode: 1, iterations },
  approachesPosteriorMean: [{ noise: 0.05, within: 0.3 }],
});
describeBaseline("ddpg, no fresh noise", stage("ddpg"), { options: { zeta: 0, finalOutput: "x0", iterations } });
describeBaseline("idpg", stage("idpg"), { options: { iterations }, approachesPosteriorMean: [] });
