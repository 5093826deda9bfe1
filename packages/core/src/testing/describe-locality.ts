import { describe, expect, it } from "vitest";
import { evaluator, norm, normalArray, relativeError } from "@leader/graph/testing";
import type { Aval } from "@leader/graph";
import type { ImagePart, OperatorFactory } from "../contract/operator.js";

/**
 * Declares the conformance tests of an operator that can be made for parts of a picture, in the float64 interpreter: beyond the reach, A of
 * the part is the part of A x.
 * @param image a type whose sides are multiples of the stride, more than twice the reach
 */
export function describeLocality(name: string, factory: () => OperatorFactory, image: Aval): void {
  describe(`${name} in parts`, () => {
    const made = factory();
    const { locality } = made;
    const { stride, reach } = locality!;
    const [n = 1, c = 1, height = 0, width = 0] = image.shape;
    const side = (length: number): number => Math.ceil((0.7 * length) / stride) * stride;
    const [rows, columns] = [side(height), side(width)];
    const x = normalArray(image, 0, "x");
    const whole = made.at(image);
    const measured = evaluator((value) => whole.apply(value), [image])(x);

    it.each([
      [0, 0],
      [height - rows, width - columns],
    ])("is the operator of the whole from row %i and column %i on", (top, left) => {
      const part: ImagePart = { top, left, height: rows, width: columns };
      const type: Aval = { shape: [n, c, rows, columns], dtype: "float32" };
      const own = locality!.at?.(image, part) ?? made.at(type);
      const actual = evaluator((value) => own.apply(value), [own.domain])(cut(x, image.shape, part));
      const inside = (length: number, start: number, full: number): readonly [number, number] => [
        start === 0 ? 0 : Math.ceil(reach / stride),
        (start + length === full ? length : length - reach) / stride,
      ];
      const ofPart = { top: top / stride, left: left / stride, height: rows / stride, width: columns / stride };
      const expected = cut(measured, whole.range.shape, ofPart);
      const [from, to] = inside(rows, top, height);
      const [first, last] = inside(columns, left, width);
      expect(to - from).toBeGreaterThan(0);
      expect(last - first).toBeGreaterThan(0);
      const window = { top: from, left: first, height: Math.floor(to) - from, width: Math.floor(last) - first };
      const [a, b] = [cut(actual, own.range.shape, window), cut(expected, own.range.shape, window)];
      expect(norm(b)).toBeGreaterThan(0);
      expect(relativeError(a, b)).toBeLessThanOrEqual(2e-5);
    });
  });
}

function cut(values: Float64Array, shape: readonly number[], { top, left, height, width }: ImagePart): Float64Array {
  const [rows = 0, columns = 0] = shape.slice(-2);
  const planes = values.length / (rows * columns);
  const result = new Float64Array(planes * height * width);
  for (let row = 0; row < planes * height; row++) {
    const from = (Math.floor(row / height) * rows + top + (row % height)) * columns + left;
    result.set(values.subarray(from, from + width), row * width);
  }
  return result;
}
