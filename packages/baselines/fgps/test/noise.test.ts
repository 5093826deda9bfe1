import { describeNoise } from "@leader/core/testing";
import { fgps, type FgpsOptions } from "../src/fgps.js";

const options: FgpsOptions = {
  scaleStart: 0.02,
  scaleEnd: 0.01,
  cutoffStart: 10,
  cutoffEnd: 75,
  cutoff: "linear",
  mode: "corrected",
  clip: true,
  variance: "posterior",
};

describeNoise("fgps", {
  first: 1000,
  keepsVariance: [{ operator: "mask", noise: 0.05, baseline: fgps(options) }],
  reports: [{ operator: "blur", noise: 0, title: "unclipped", baseline: fgps({ ...options, clip: false }) }],
});
