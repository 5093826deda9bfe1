import type { LinearOperator } from "@leader/core";
import {
  gaussianOracle,
  oracleMeasurement,
  relativeError,
  testOperators,
  walkOracle,
  type GaussianOracle,
  type MeasuredWalk,
} from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { ddrm, type DdrmOptions } from "../src/ddrm.js";
import { restated } from "./restated.js";

const oracle = gaussianOracle({ shape: [1, 1, 8, 8], seed: 3 });
const operators = testOperators(oracle.image);
const levels = [991, 801, 401, 351, 91, 11, 1, 0];
const published: DdrmOptions = { eta: 0.85, etaB: 1, finalOutput: "x0" };

async function difference(options: DdrmOptions, task: Omit<MeasuredWalk, "baseline" | "levels">): Promise<number> {
  const whole = { ...task, baseline: ddrm(options), levels };
  const { x } = await walkOracle(whole);
  return relativeError(x, restated(options, whole));
}

const taskOn = (operator: LinearOperator, noise: number, on: GaussianOracle = oracle) => ({
  oracle: on,
  operator,
  noise,
  y: oracleMeasurement(on, operator, noise),
  seed: 5,
});

describe("DDRM follows the paper's equations over a whole trajectory", () => {
  for (const [name, operator] of Object.entries(operators)) {
    for (const noise of [0, 0.01, 0.1]) {
      it(`${name}, noise ${noise}`, async () => {
        expect(await difference(published, taskOn(operator, noise))).toBeLessThanOrEqual(1e-4);
      });
    }
  }
  it.each([
    { ...published, eta: 0 },
    { ...published, eta: 1, etaB: 0.4 },
    { ...published, etaB: 0 },
  ])("eta $eta, etaB $etaB", async (options) => {
    expect(await difference(options, taskOn(operators["blur"], 0.05))).toBeLessThanOrEqual(1e-4);
  });
  it.each([0, 0.003, 0.1])("weighed at the end, noise %f", async (noise) => {
    const weighed: DdrmOptions = { ...published, finalOutput: "weighed" };
    expect(await difference(weighed, taskOn(operators["circulant"], noise))).toBeLessThanOrEqual(1e-4);
  });
  it("projected at the end", async () => {
    expect(await difference({ ...published, finalOutput: "projected" }, taskOn(operators["circulant"], 0))).toBeLessThanOrEqual(1e-4);
  });
});
