import type { Stage } from "@leader/core";
import { describeBaseline } from "@leader/core/testing";
import plugin from "./plugin.js";

const stage = (name: string): Stage<"baseline"> => plugin.stages[name] as Stage<"baseline">;

describeBaseline("projdiff", stage("projdiff"), { hardConsistency: true, approachesPosteriorMean: [{ noise: 0 }, { noise: 0.05 }] });
describeBaseline("projdiff, by singular values", stage("projdiff"), {
  options: { spectral: true, eta: 0.5 },
  approachesPosteriorMean: [{ noise: 0.05 }],
});
describeBaseline("projdiff-scalar", stage("projdiff-scalar"), { options: { singularValue: 0.5, stepSize: 0.5 }, hardConsistency: true });
