import { describeNoise } from "@leader/core/testing";
import { projdiff } from "../src/projdiff.js";

const rule = (changed: Partial<Parameters<typeof projdiff>[0]>) => ({
  title: JSON.stringify(changed),
  baseline: projdiff({ stepSize: 1, eta: 0, spectral: false, ...changed }),
});

describeNoise("ProjDiff", {
  first: 991,
  keepsVariance: [
    { operator: "pooling", noise: 0, ...rule({}) },
    { operator: "pooling", noise: 0.05, ...rule({}) },
    { operator: "mask", noise: 0.2, ...rule({ eta: 0.5 }) },
    { operator: "blur", noise: 0.02, ...rule({}) },
    { operator: "circulant", noise: 0.1, ...rule({ eta: 1 }) },
    { operator: "mask", noise: 0.1, ...rule({ spectral: true }) },
  ],
  reports: [
    { operator: "pooling", noise: 0, ...rule({}) },
    { operator: "mask", noise: 0.1, ...rule({ eta: 0.7 }) },
    { operator: "mask", noise: 0.1, ...rule({ eta: 0.7, spectral: true }) },
  ],
  follows: [
    { operator: "pooling", noise: 0, ...rule({ eta: undefined }) },
    { operator: "mask", noise: 0.1, ...rule({ eta: undefined }) },
    { operator: "circulant", noise: 0.1, ...rule({ eta: undefined }) },
  ],
  silent: [{ operator: "pooling", noise: 0.05, ...rule({}) }],
});
