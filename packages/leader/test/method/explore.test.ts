import { ddnm } from "@leader/baseline-ddnm";
import { linearOperator, uniformSteps, fromAlphaBar } from "@leader/core";
import { gaussianOracle, norm } from "@leader/core/testing";
import { it } from "vitest";
import { satpScheduler } from "../../src/satp/satp.js";
import { exactEstimator } from "../../src/uncertainty/exact.js";
import { restore } from "./oracle-run.js";
import { normals } from "../../../core/src/random/philox.js";

it("4.2", async () => {
  for (const steps of [300, 1000]) {
  const schedule = fromAlphaBar(Float64Array.from({ length: steps }, (_, i) => 1 / (1 + (0.01 * 5000 ** (i / (steps - 1))) ** 2)));
  const oracle = gaussianOracle({ shape: [1, 1, 5, 5], seed: 3, correlation: 0, schedule });
  const nothing = linearOperator({ name: "nothing", domain: oracle.image, apply: (x) => x.mul(0), pinv: (y) => y.mul(0) });
  const x0 = Float64Array.from(normals({ seed: 0, image: 0, step: 0, name: "noise:init" }, 25));
  const from = uniformSteps(oracle.schedule, steps)[0]!;
  const truth = oracle.flow(x0, from, 0);
  for (const budget of [0, 0.06, 0.125, 0.25, 0.5, 1, 2, 4, 8, 16]) {
    const r = await restore({ oracle, operator: nothing, baseline: ddnm({ eta: 0, travelFrom: "x0" }), estimator: exactEstimator(), precision: "float64",
      scheduler: satpScheduler({ steps, budget, eta: 1, rho: 1, epsilon: 1e-8, confidence: 2, dataVariance: 10 }) });
    console.log("B", budget, "N", r.evaluations, "err", norm(Float64Array.from(r.x.data, (v, i) => v - truth[i]!)) / norm(truth));
  }}
});
