import { levelScalars, linearBetaSchedule } from "@leader/core";
import { evaluator } from "@leader/core/testing";
import { expect, it } from "vitest";
import { candidateCount } from "./candidate-count.js";

const schedule = linearBetaSchedule();
const count = evaluator((sigma) => candidateCount({ sigma }, 50), [{ shape: [], dtype: "float32" }]);
const at = (timestep: number): number => count(Float64Array.of(levelScalars(schedule, timestep + 1).sigma))[0]!;

it("counts candidates as published", () => {
  expect([528, 500, 400, 300, 200, 100, 47, 46].map(at)).toEqual([2, 4, 10, 23, 42, 49, 49, 50]);
  const all = Array.from({ length: 1000 }, (_, timestep) => at(timestep));
  expect(all.reduce((a, b) => a + b)).toBe(16255);
});
