import { describeNoise } from "@leader/core/testing";
import { ddnm } from "../src/ddnm.js";
import { ddnmPlus } from "../src/ddnm-plus.js";
import { ddnmPlusSimplified } from "../src/ddnm-plus-simplified.js";

type Eta = { readonly eta?: number | undefined };
const rules = {
  ddnm: (eta: Eta) => ddnm({ ...eta, travelFrom: "x0" }),
  "ddnm-plus": (eta: Eta) => ddnmPlus({ ...eta, travelFrom: "x0", legacyNoNoiseRotation: false }),
  simplified: (eta: Eta) => ddnmPlusSimplified({ ...eta, travelFrom: "x0", legacyNoiseDamping: false }),
} as const;
const cases = (
  [
    ["ddnm", "pooling", 0],
    ["ddnm-plus", "pooling", 0.1],
    ["ddnm-plus", "circulant", 0.1],
  ] as const
).map(([title, operator, noise]) => ({ title, operator, noise, rule: rules[title] }));

describeNoise("DDNM", {
  first: 991,
  keepsVariance: cases.map(({ rule, ...one }) => ({ ...one, baseline: rule({ eta: 0.85 }) })),
  reports: cases.map(({ rule, ...one }) => ({ ...one, baseline: rule({ eta: 0.85 }) })),
  follows: [...cases, { title: "simplified", operator: "mask" as const, noise: 0, rule: rules.simplified }].map(({ rule, ...one }) => ({
    ...one,
    baseline: rule({}),
    pixels: one.title !== "ddnm-plus",
    // By singular values a share that is stated leaves what is measured to fresh noise, as published; a proposal goes for that too.
    ...(one.title === "ddnm-plus" ? {} : { stating: (share: number) => rule({ eta: Math.sqrt(share) }) }),
  })),
  silent: cases.map(({ rule, ...one }) => ({ ...one, baseline: rule({ eta: 0 }) })),
});
