import type { Aval, StepContext, Tensor } from "@leader/core";
import { constantLevel, evaluator } from "@leader/core/testing";
import { expect, it } from "vitest";
import { schedule } from "../ucpm/test-step.js";
import { steinEstimator } from "./stein.js";

const side = 16;
const type: Aval = { shape: [1, 1, side, side], dtype: "float32" };
const ctx = { observe: () => undefined, ofPicture: (_name: string, own: Tensor) => own } as unknown as StepContext;
/** Of rows y and columns x. */
const picture = (of: (y: number, x: number) => number): Float64Array =>
  Float64Array.from({ length: side * side }, (_, i) => of(Math.floor(i / side), i % side));

/** The map for an edge between the columns 7 and 8, where n - e is 2 in the upper half and 1 below, and the products are `products`. */
function mapOf(map: "line" | "window", products: Float64Array): Float64Array {
  const estimator = steinEstimator({ map, window: 0, dataVariance: 1e6 });
  const residual = picture((y) => (y < 8 ? 2 : 1));
  const run = evaluator(
    (x0, total, whitened) => {
      const prior = { x0, epsilon: total.mul(0) };
      const level = constantLevel(x0.trace, schedule, 400);
      return estimator.estimate(ctx, { level, prior, freshNoise: { whitened, total } } as never).variance;
    },
    [type, type, type],
  );
  return Float64Array.from(
    run(
      picture((_, x) => (x < 8 ? -0.5 : 0.5)),
      residual,
      products.map((value, i) => value / residual[i]!),
    ),
  );
}

const at = (map: Float64Array, y: number, x: number): number => map[y * side + x]!;
const mean = (map: Float64Array): number => map.reduce((a, b) => a + b, 0) / map.length;

/** Larger at the edge, most where the estimate changes most, below what is noise from pixel to pixel. */
const products = picture((y, x) => 0.1 + (x === 7 ? (y < 8 ? 0.4 : 0.1) : 0) + ((x + y) % 2 === 0 ? 0.09 : -0.09));

it("is a line in where the estimate has edges and still changes: the same at places that are alike", () => {
  const map = mapOf("line", products);
  expect(at(map, 3, 7)).toBeGreaterThan(2 * at(map, 12, 7));
  expect(at(map, 12, 7)).toBeGreaterThan(1.2 * at(map, 3, 2));
  for (const [y, x] of [
    [3, 12],
    [12, 3],
    [13, 3],
  ] as const)
    expect(at(map, y, x)).toBeCloseTo(at(map, 3, 2), 5);
});

it("keeps the mean of the products, as the smoothed map does", () => {
  expect(mean(mapOf("line", products)) / mean(mapOf("window", products))).toBeCloseTo(1, 5);
});
