import { describeNoise } from "@leader/core/testing";
import { daps } from "../src/daps.js";

const baseline = daps({
  mode: "corrected",
  odeSteps: 2,
  iterations: 4,
  rate: 1e-4,
  rateRatio: 0.01,
  tau: 0.01,
  chain: "langevin",
  memory: 0.9,
  sigmaMax: 100,
  sigmaMin: 0.1,
});

describeNoise("DAPS", {
  first: 1000,
  reports: [
    { operator: "mask", noise: 0.05, baseline },
    { operator: "pooling", noise: 0, baseline },
  ],
});
