import { ddnm, ddnmPlus } from "@leader/baseline-ddnm";
import type { UncertaintyEstimator } from "@leader/core";
import { gaussianOracle, norm, poolingOperator } from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { satp, satpScheduler } from "../src/schedulers/satp.js";
import { uniformScheduler } from "../src/schedulers/uniform.js";
import { ucpm, ucpmModulator } from "../src/ucpm/ucpm.js";
import { exactEstimator } from "../src/uncertainty/exact.js";
import { steinEstimator } from "../src/uncertainty/stein.js";
import { measurement, restore, silence } from "./oracle-run.js";

const oracle = gaussianOracle({ shape: [1, 1, 6, 6], seed: 1 });
const operator = poolingOperator(oracle.image);
const baselines = {
  ddnm: { baseline: ddnm({ eta: 0.85, travelFrom: "x0" }), noise: 0 },
  "ddnm-plus": { baseline: ddnmPlus({ eta: 0.85, travelFrom: "x0", legacyNoNoiseRotation: false }), noise: 0.05 },
} as const;
const ucpmOptions = ucpm.options.parse({});
const satpOptions = satp.options.parse({ rule: "paper", steps: 20, budget: 0.01, floor: 0.1, most: null });
const stein = steinEstimator({ map: "line", window: 3, dataVariance: 0.25 });

/** Certain about everything. */
const certain: UncertaintyEstimator = {
  needsFreshNoise: false,
  estimate(_ctx, { x }) {
    const zero = x.trace.scalar(0, "float32");
    return { variance: x.mul(0), mean: zero, standardError: zero };
  },
};

describe.each(Object.entries(baselines))("LEADer on %s", (_name, { baseline, noise }) => {
  const task = { oracle, operator, baseline, noise, seed: 5 };

  it("is the baseline to the last bit where Sigma = 0", async () => {
    const bare = await restore(task);
    for (const options of [ucpmOptions, { ...ucpmOptions, phi: "laplacian", hessian: "cg" }] as const) {
      const { x } = await restore({ ...task, uncertainty: certain, modulator: ucpmModulator(options) });
      expect(x.data).toEqual(bare.x.data);
    }
    const changed = await restore({ ...task, uncertainty: exactEstimator(), modulator: ucpmModulator(ucpmOptions) });
    expect(changed.x.data).not.toEqual(bare.x.data);
  });

  it("is the baseline to the last bit where B = 0", async () => {
    const bare = await restore({ ...task, scheduler: uniformScheduler({ steps: 20 }) });
    const { x, evaluations } = await restore({ ...task, uncertainty: stein, scheduler: satpScheduler({ ...satpOptions, budget: 0 }) });
    expect(x.data).toEqual(bare.x.data);
    expect(evaluations).toBe(20);
  });

  it("skips more the larger B, and only where the prior is certain", async () => {
    const counts: number[] = [];
    for (const budget of [0, 0.1, 0.5, 2]) {
      const { evaluations, steps } = await restore({
        ...task,
        uncertainty: exactEstimator(),
        scheduler: satpScheduler({ ...satpOptions, budget }),
      });
      counts.push(evaluations);
      for (const { from, decision, observed } of steps) {
        if (decision.kind === "stop") continue;
        // One position of this grid is 50 levels.
        if (Math.min(0.25, observed["uncertainty"]!) > budget / 2) expect(from - decision.to).toBeLessThanOrEqual(50);
      }
    }
    expect(counts[0]).toBe(20);
    counts.slice(1).forEach((count, i) => expect(count).toBeLessThan(counts[i]!));
  });
});

describe("DDNM on a Gaussian prior", () => {
  it("approaches the posterior mean: the error falls with every finer grid", async () => {
    const y = measurement({ oracle, operator });
    const posterior = oracle.posterior(operator, y.data, 0);
    const scale = norm(posterior.mean.map((value, i) => value - oracle.mean[i]!));
    for (const eta of [0, 0.85]) {
      const errors: number[] = [];
      for (const steps of [5, 20, 100, 1000]) {
        // The sampler is linear in its noise, so without noise it follows its own mean: no Monte Carlo error.
        const { x } = await restore({
          oracle,
          operator,
          baseline: ddnm({ eta, travelFrom: "x0" }),
          y,
          steps,
          source: silence,
          precision: "float64",
        });
        errors.push(norm(posterior.mean.map((value, i) => x.data[i]! - value)) / scale);
      }
      errors.slice(1).forEach((error, i) => expect(error).toBeLessThan(0.6 * errors[i]!));
      expect(errors.at(-1)).toBeLessThan(0.005);
    }
  });
});
