import { describeNoise } from "@leader/core/testing";
import { zaps, type ZapsOptions } from "../src/zaps.js";

const options: ZapsOptions = { scale: 0.5, scales: 1, texture: 0.2, contrast: 0.5, clip: true, variance: "posterior" };

describeNoise("zaps", {
  first: 1000,
  keepsVariance: [{ operator: "mask", noise: 0, baseline: zaps(options) }],
  reports: [{ operator: "blur", noise: 0, title: "unclipped", baseline: zaps({ ...options, clip: false }) }],
});
