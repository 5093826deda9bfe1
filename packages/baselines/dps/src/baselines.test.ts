import type { Stage } from "@leader/core";
import { describeBaseline } from "@leader/core/testing";
import plugin from "./plugin.js";

const stage = (name: string): Stage<"baseline"> => plugin.stages[name] as Stage<"baseline">;

// The point estimate that DPS fits knows nothing of its own uncertainty, so the mean stays off the posterior's by a share of the spread.
describeBaseline("dps", stage("dps"), { options: { clip: false, scale: 0.02 }, approachesPosteriorMean: [{ noise: 0, within: 0.3 }] });
describeBaseline("mcg", stage("mcg"), { options: { clip: false, scale: 0.02 }, hardConsistency: true });
