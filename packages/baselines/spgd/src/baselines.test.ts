import type { Stage } from "@leader/core";
import { describeBaseline } from "@leader/core/testing";
import plugin from "./plugin.js";

const stage = plugin.stages["spgd"] as Stage<"baseline">;

// It goes to one image near the most probable one, so the mean over starts keeps a distance.
describeBaseline("spgd", stage, { options: { evaluations: 3 }, approachesPosteriorMean: [{ noise: 0, within: 0.3 }], steps: [4, 30] });
