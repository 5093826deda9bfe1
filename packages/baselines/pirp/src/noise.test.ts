import { describeNoise } from "@leader/core/testing";
import { pirp, type PirpOptions } from "./pirp.js";

/** Without its prior, whose gradient would be taken for noise. */
const still: PirpOptions = {
  fidelity: "both",
  gamma: 8,
  zeta: 0.5,
  etaTilde: 0.7,
  leastSquaresScale: 1,
  injectNoise: true,
  stepMode: 0,
  gradientPrior: "minus",
  kappa: 0,
  q: 0.3,
  legacyChannelSwap: false,
};
const rule = (zeta: number | undefined) => pirp({ ...still, zeta });

describeNoise("PIRP", {
  first: 991,
  keepsVariance: [{ operator: "pooling", noise: 0, baseline: rule(0.5) }],
  reports: [{ operator: "pooling", noise: 0, baseline: rule(0.5) }],
  follows: [
    { operator: "pooling", noise: 0, baseline: rule(undefined), stating: rule, pixels: true },
    { operator: "circulant", noise: 0.05, baseline: rule(undefined), pixels: true, exceedsLevels: true },
  ],
});
