import { expect, it } from "vitest";
import { arithmeticBehind, countArithmetic } from "./arithmetic.js";
import type { Tensor } from "./tensor.js";
import { trace } from "./trace.js";

const image = { shape: [1, 4, 8, 8], dtype: "float32" } as const;
const weight = (x: Tensor, shape: readonly number[]): Tensor => x.trace.scalar(1, "float32").expand(shape);
const countOf = (f: (x: Tensor) => Tensor): number => countArithmetic(trace(f, [image]));

it("counts multiply-adds of convolutions and products, and the elements of everything else", () => {
  const expanded = 6 * 4 * 9;
  expect(countOf((x) => x.conv(weight(x, [6, 4, 3, 3]), { pads: [1, 1, 1, 1] }))).toBe(6 * 64 * 4 * 9 + expanded);
  expect(countOf((x) => x.conv(weight(x, [4, 1, 3, 3]), { pads: [1, 1, 1, 1], groups: 4 }))).toBe(4 * 64 * 9 + 4 * 9);
  expect(countOf((x) => x.convTranspose(weight(x, [4, 6, 2, 2]), { strides: [2, 2] }))).toBe(4 * 64 * 6 * 4 + 4 * 6 * 4);
  expect(countOf((x) => x.reshape([4, 64]).matmul(weight(x, [64, 5])))).toBe(4 * 5 * 64 + 256 + 64 * 5);
  expect(countOf((x) => x.exp().sum())).toBe(2 * 256);
});

it("counts a call as its body, and behind a value only what it depends on", () => {
  const body = trace((x) => x.exp().neg(), [image]);
  expect(countOf((x) => x.trace.emit("Function", [x], { name: "f", body, evaluations: 1 }))).toBe(2 * 256);
  trace(
    (x) => {
      const unused = x.exp();
      const value = x.neg().abs();
      expect(arithmeticBehind(value)).toBe(2 * 256);
      expect(arithmeticBehind(unused)).toBe(256);
      return value;
    },
    [image],
  );
});
