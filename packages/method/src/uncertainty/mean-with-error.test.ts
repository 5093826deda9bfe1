import { evaluator } from "@leader/core/testing";
import { expect, it } from "vitest";
import { meanWithError } from "./mean-with-error.js";

/** The standard error of values that are 1 and -1 in turn, whose standard deviation is 1. */
function standardError(side: number, probes = 1): number {
  const shape = [probes, 3, side, side];
  const run = evaluator((sample) => meanWithError(sample, probes).standardError, [{ shape, dtype: "float32" }]);
  return run(Float64Array.from({ length: probes * 3 * side * side }, (_, i) => (i % 2 === 0 ? 1 : -1)))[0]!;
}

it("is the error of the mean over a picture, and over a region of it where it is large: as large a step fits the picture and its parts", () => {
  expect(standardError(32)).toBeCloseTo(1 / Math.sqrt(3 * 32 * 32), 6);
  expect(standardError(64)).toBeCloseTo(standardError(32) / 2, 6);
  expect(standardError(256)).toBeCloseTo(1 / Math.sqrt(3 * 128 * 128), 6);
  expect(standardError(160)).toBeCloseTo(standardError(256), 6);
});

it("falls with the number of probes, however large the picture is", () => {
  expect(standardError(160, 4)).toBeCloseTo(standardError(160) / 2, 6);
});
