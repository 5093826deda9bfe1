import { expect, test } from "vitest";
import { erf } from "./erf.js";

// Nearest doubles, as the C library's erf gives them.
test.each([
  [0, 0],
  [0.1, 0.1124629160182849],
  [0.5, 0.5204998778130465],
  [1, 0.8427007929497149],
  [2, 0.9953222650189527],
  [2.4, 0.9993114861033549],
  [2.6, 0.9997639655834707],
  [3, 0.9999779095030014],
  [4, 0.9999999845827421],
  [7, 1],
])("erf(%d)", (x, expected) => {
  expect(Math.abs(erf(x) - expected)).toBeLessThanOrEqual(3e-16);
  expect(erf(-x)).toBe(-erf(x));
});

test("erf of NaN and infinity", () => {
  expect(erf(NaN)).toBeNaN();
  expect(erf(-Infinity)).toBe(-1);
});
