import type { Stage } from "@leader/core";
import { describeBaseline } from "@leader/core/testing";
import plugin from "./plugin.js";

const stage = (name: string): Stage<"baseline"> => plugin.stages[name] as Stage<"baseline">;

// Without declared powers the operators of this suite show none, so this is the route by conjugate gradients. All singular values of
// such an operator are equal, so that they end after one iteration; harder operators are followed in trajectory.test.ts.
const iterations = 3;

describeBaseline("diffpir", stage("diffpir"), {
  options: { lambda: 1, clip: false, iterations },
  approachesPosteriorMean: [{ noise: 0 }, { noise: 0.05 }],
});
describeBaseline("diffpir, all noise fresh", stage("diffpir"), { options: { zeta: 1, start: "noise", wasteLast: false, iterations } });
describeBaseline("diffpir, no fresh noise", stage("diffpir"), { options: { zeta: 0, start: "noisy-measurement", iterations } });
describeBaseline("diffpir-back-projection", stage("diffpir-back-projection"), { options: { gamma: 1 } });
// One step of the block means' gradient corrects a quarter of the error, so it lags behind the measurement.
describeBaseline("diffpir-gradient", stage("diffpir-gradient"), { approachesPosteriorMean: [{ noise: 0, within: 0.35 }] });
