import type { LinearOperator, UpdateRule } from "@leader/core";
import { gaussianOracle, oracleMeasurement, relativeError, testOperators, walkOracle, type RestatedWalk } from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { ddnmPlusSimplified } from "../src/ddnm-plus-simplified.js";
import { ddnmPlus } from "../src/ddnm-plus.js";
import { ddnm } from "../src/ddnm.js";
import { restatedDdnm, restatedDdnmPlus, restatedSimplified } from "./restated.js";

const oracle = gaussianOracle({ shape: [1, 1, 8, 8], seed: 3 });
const operators = testOperators(oracle.image);
const names = Object.keys(operators) as (keyof typeof operators)[];
const published = { eta: 0.85, travelFrom: "x0" } as const;

const taskOn = (operator: LinearOperator, noise: number, levels = [991, 801, 401, 351, 91, 11, 1, 0]): RestatedWalk => ({
  oracle,
  operator,
  noise,
  levels,
  seed: 5,
  y: oracleMeasurement(oracle, operator, noise),
});

async function expectTrajectory(baseline: UpdateRule, task: RestatedWalk, expected: Float64Array): Promise<void> {
  const { x } = await walkOracle({ ...task, baseline });
  expect(relativeError(x, expected)).toBeLessThanOrEqual(1e-4);
}

describe("DDNM follows its equations over a whole trajectory", () => {
  it.each(names)("%s", async (name) => {
    const task = taskOn(operators[name], 0);
    await expectTrajectory(ddnm(published), task, restatedDdnm(published, task));
  });

  it.each([
    { eta: 0, travelFrom: "x0" },
    { eta: 1, travelFrom: "state" },
    { eta: 0.5, travelFrom: "x0" },
  ] as const)("with time travel: %o", async (options) => {
    const task = taskOn(operators.blur, 0, [951, 700, 500, 700, 500, 280, 120, 300, 60, 0]);
    await expectTrajectory(ddnm(options), task, restatedDdnm(options, task));
  });
});

describe("DDNM+ follows its equations over a whole trajectory", () => {
  it.each(names.flatMap((name) => [0.01, 0.1].map((noise) => [name, noise] as const)))("%s, noise %f", async (name, noise) => {
    const task = taskOn(operators[name], noise);
    const options = { ...published, legacyNoNoiseRotation: false };
    await expectTrajectory(ddnmPlus(options), task, restatedDdnmPlus(options, task));
  });

  it("with the predicted noise unrotated, as released", async () => {
    const task = taskOn(operators.blur, 0.05);
    const options = { ...published, legacyNoNoiseRotation: true };
    await expectTrajectory(ddnmPlus(options), task, restatedDdnmPlus(options, task));
  });
});

describe("DDNM+ without singular values follows its equations over a whole trajectory", () => {
  it.each([
    ["mask", 0.05, { ...published, legacyNoiseDamping: false }],
    ["pooling", 0.2, { eta: 0.5, travelFrom: "x0", legacyNoiseDamping: false }],
    ["blur", 0.05, { ...published, legacyNoiseDamping: true }],
    ["mask", 0, { ...published, legacyNoiseDamping: true }],
  ] as const)("%s, noise %f, %o", async (name, noise, options) => {
    const task = taskOn(operators[name], noise);
    await expectTrajectory(ddnmPlusSimplified(options), task, restatedSimplified(options, task));
  });
});
