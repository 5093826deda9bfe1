import { describeNoise } from "@leader/core/testing";
import { dpps, type DppsOptions } from "../src/dpps.js";

const options: DppsOptions = { scale: 0.02, candidates: 2, mode: "corrected", clip: true, variance: "posterior" };

// The choice shifts the noise in the one direction that decides: nothing among the 10^5 of a picture, but with many candidates visible among the 36 here.
describeNoise("dpps", {
  first: 1000,
  keepsVariance: [{ operator: "mask", noise: 0.05, baseline: dpps(options) }],
  reports: [{ operator: "mask", noise: 0.05, baseline: dpps(options) }],
});
