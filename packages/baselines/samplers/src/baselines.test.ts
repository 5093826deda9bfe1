import type { Stage } from "@leader/core";
import { describeBaseline } from "@leader/core/testing";
import plugin from "./plugin.js";

// Samples of the prior, not of the posterior: the measurement is not read.
const unconditional = { approachesPosteriorMean: [] };
const cases: Readonly<Record<string, readonly unknown[]>> = {
  ddpm: [{}, { variance: "upper", clip: true }],
  ddim: [{}, { eta: 0.7 }, { eta: 1, clip: true }],
  "dpm-solver": [{}, { order: 1 }],
  "dpm-solver-plus-plus": [{}, { order: 1, clip: true }],
  "edm-heun": [{}, { clip: true }],
};

for (const [name, stage] of Object.entries(plugin.stages)) {
  for (const options of cases[name]!)
    describeBaseline(`${name} ${JSON.stringify(options)}`, stage as Stage<"baseline">, { ...unconditional, options });
}
