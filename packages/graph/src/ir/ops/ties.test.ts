import { expect, it } from "vitest";
import { interpret } from "../../reference/interpret.js";
import { float32 } from "../../testing/op-cases/op-case.js";
import { vjp } from "../../transform/vjp.js";
import type { Tensor } from "../tensor.js";
import { trace } from "../trace.js";

/** Gradient of the sum of `f` by its only argument. */
function gradientAt(f: (x: Tensor) => Tensor, data: readonly number[]): readonly number[] {
  const x = float32([data.length], data);
  const [gradient] = interpret(vjp(trace((t) => f(t).sum(), [x])), [x, float32([], [1])]);
  return [...gradient!.data];
}

// Clipping to [-1, 1] must not stop the gradient of pixels that are exactly black or white.
it("clip passes the gradient at both bounds", () => {
  expect(gradientAt((x) => x.clip(-1, 1), [-2, -1, 0, 1, 2])).toEqual([0, 1, 1, 1, 0]);
});

it("a tie of Max or Min goes to the first operand", () => {
  expect(gradientAt((x) => x.maximum(x.mul(3)), [0])).toEqual([1]);
  expect(gradientAt((x) => x.mul(3).minimum(x), [0])).toEqual([3]);
});

it("ties of a reduction share equally", () => {
  expect(gradientAt((x) => x.max(), [2, 1, 2])).toEqual([0.5, 0, 0.5]);
  expect(gradientAt((x) => x.min(), [1, 1, 2, 1]).map((v) => v * 3)).toEqual([1, 1, 0, 1].map((v) => Math.fround(v / 3) * 3));
});
