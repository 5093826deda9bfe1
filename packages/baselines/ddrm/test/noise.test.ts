import { describeNoise } from "@leader/core/testing";
import { ddrm } from "../src/ddrm.js";

const baseline = ddrm({ eta: 0.85, etaB: 1, finalOutput: "x0" });

describeNoise("DDRM", {
  first: 991,
  within: 1e-3,
  keepsVariance: [
    { operator: "pooling", noise: 0, baseline },
    { operator: "pooling", noise: 0.05, baseline },
    { operator: "mask", noise: 0.2, baseline },
    { operator: "blur", noise: 0.02, baseline },
    { operator: "circulant", noise: 0.1, baseline },
  ],
  reports: [
    { operator: "pooling", noise: 0, baseline },
    { operator: "pooling", noise: 0.1, baseline },
    { operator: "mask", noise: 0.1, baseline },
  ],
  follows: (
    [
      ["pooling", 0],
      ["pooling", 0.1],
      ["mask", 0.1],
      ["circulant", 0.1],
    ] as const
  ).map(([operator, noise]) => ({
    operator,
    noise,
    // A share that is stated leaves components that the measurement leads to fresh noise, as published; a proposal goes for these too.
    baseline: ddrm({ etaB: 1, finalOutput: "x0" }),
  })),
  silent: [{ operator: "pooling", noise: 0, baseline: ddrm({ eta: 0, etaB: 1, finalOutput: "x0" }) }],
});
