import { describeNoise } from "@leader/core/testing";
import { rdmd, type RdmdOptions } from "../src/rdmd.js";

const options: RdmdOptions = {
  mode: "corrected",
  lambda: 20,
  tau: 0.5,
  zeta: 0.3,
  smallestNoise: 0.001,
  noisiestDenoiser: 49,
  finestDenoiser: 1,
  start: "interpolated",
  result: "image",
};
const rule = (changed: Partial<RdmdOptions>) => ({ title: JSON.stringify(changed), baseline: rdmd({ ...options, ...changed }) });

describeNoise("RDMD", {
  first: 1000,
  reports: [
    { operator: "mask", noise: 0.05, ...rule({ start: "noisy-measurement" }) },
    { operator: "pooling", noise: 0, ...rule({ zeta: 1 }) },
  ],
  silent: [{ operator: "mask", noise: 0.05, ...rule({ zeta: 0 }) }],
});
