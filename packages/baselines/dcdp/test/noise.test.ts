import { describeNoise } from "@leader/core/testing";
import { dcdp } from "../src/dcdp.js";

const baseline = dcdp({ mode: "corrected", iterations: 4, stepSize: 0.5, momentum: 0.9, evaluations: 2 });

describeNoise("DCDP", {
  first: 1000,
  reports: [
    { operator: "mask", noise: 0.05, baseline },
    { operator: "pooling", noise: 0, baseline },
  ],
});
