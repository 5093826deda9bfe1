import { describeNoise } from "@leader/core/testing";
import { cddb } from "../src/cddb.js";

const baseline = cddb({ mode: "corrected", stepSize: 1, clip: true, variance: "posterior" });

describeNoise("CDDB", {
  first: 1000,
  keepsVariance: [{ operator: "mask", noise: 0, baseline }],
  reports: [
    { operator: "mask", noise: 0.05, baseline },
    { operator: "pooling", noise: 0, baseline },
  ],
});
