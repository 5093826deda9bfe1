import { describeNoise } from "@leader/core/testing";
import { hgu, type HguOptions } from "../src/hgu.js";
import { dpsRule } from "./rules.js";

const average: HguOptions = { update: "average", memory: 0.9, squareMemory: 0.999 };

describeNoise("hgu around DPS", {
  first: 1000,
  within: 0,
  reports: [{ operator: "mask", noise: 0.05, baseline: hgu(dpsRule, average) }],
});
