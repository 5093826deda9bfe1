import { defineStage, guidedAncestral, type Stage, type UpdateRule } from "@leader/core";
import { describeBaseline } from "@leader/core/testing";
import { z } from "zod";
import { dpsOptions, loopRule } from "../test/rules.js";
import { hgu, type HguOptions } from "./hgu.js";

const wrapped = (rule: UpdateRule, options: HguOptions): Stage<"baseline"> =>
  defineStage({ kind: "baseline", summary: "a baseline in a wrapper", options: z.strictObject({}), create: () => hgu(rule, options) });

const average: HguOptions = { update: "average", memory: 0.9, squareMemory: 0.999 };

describeBaseline("hgu around DPS", wrapped(guidedAncestral({ ...dpsOptions, scale: 0.02 }), average), {
  approachesPosteriorMean: [{ noise: 0, within: 0.35 }],
});
describeBaseline("hgu around a rule that evaluates several times", wrapped(loopRule, { ...average, update: "adam" }), {
  approachesPosteriorMean: [],
});
