import type { Aval } from "../../values.js";
import { formatAval } from "../format.js";
import type { OpDef, ReferenceValue } from "../op-def.js";
import type { OpAttrs } from "../op-attrs.js";
import { equalShapes } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { expectIntegers, expectOperands, expectTypes, formatShape, shapeError } from "./check.js";
import { axisView, floatData, type AxisView } from "./data.js";
import { interpolationMatrix, isIdentity, type DenseMatrix } from "./interpolation.js";

function inferResize(inputs: readonly Aval[], { shape, scales }: OpAttrs["Resize"]): Aval {
  expectOperands("Resize", inputs, 1);
  expectTypes("Resize", inputs, ["float32"]);
  const x = inputs[0]!;
  expectIntegers("Resize", "a shape", shape, x.shape.length, 1);
  if (x.shape.includes(0)) throw shapeError("Resize", `expected an operand without empty axes, received ${formatAval(x)}`);
  if (scales.length !== x.shape.length || !scales.every((s) => s > 0 && s < Infinity)) {
    throw shapeError("Resize", `expected ${x.shape.length} finite scales above 0 for ${formatAval(x)}, received ${formatShape(scales)}`);
  }
  return { shape, dtype: "float32" };
}

/** The matrix of every axis, in order. */
function axisMatrices(shape: readonly number[], attrs: OpAttrs["Resize"]): readonly DenseMatrix[] {
  return shape.map((n, axis) => interpolationMatrix(n, attrs.shape[axis]!, attrs.scales[axis]!, attrs));
}

function evaluateResize(x: ReferenceValue, attrs: OpAttrs["Resize"]): Float64Array {
  let [data, shape] = [floatData(x), x.shape];
  axisMatrices(x.shape, attrs).forEach((matrix, axis) => {
    if (isIdentity(matrix)) return;
    data = applyToAxis(matrix, data, axisView(shape, axis));
    shape = shape.with(axis, matrix.rows);
  });
  return data;
}

function applyToAxis({ rows, columns, data: weights }: DenseMatrix, source: Float64Array, { outer, inner }: AxisView): Float64Array {
  const result = new Float64Array(outer * rows * inner);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const weight = weights[row * columns + column]!;
      if (weight === 0) continue;
      for (let block = 0; block < outer; block++) {
        const to = (block * rows + row) * inner;
        const from = (block * columns + column) * inner;
        for (let i = 0; i < inner; i++) result[to + i] = result[to + i]! + weight * source[from + i]!;
      }
    }
  }
  return result;
}

/** The transposed matrix of each axis, or a sum over repeated pixels where the axis was repeated a whole number of times. */
function resizeVjp(cotangent: Tensor, shape: readonly number[], attrs: OpAttrs["Resize"]): Tensor {
  const matrices = axisMatrices(shape, attrs);
  if (matrices.every(repeatsPixels)) return sumRepeats(cotangent, shape);
  return matrices.reduce((t, matrix, axis) => (isIdentity(matrix) ? t : transposeOnAxis(matrix, t, axis)), cotangent);
}

/** True if every input pixel becomes `rows / columns` equal neighbours. */
function repeatsPixels({ rows, columns, data }: DenseMatrix): boolean {
  const factor = rows / columns;
  return (
    Number.isInteger(factor) &&
    data.every((weight, at) => weight === (Math.floor(Math.floor(at / columns) / factor) === at % columns ? 1 : 0))
  );
}

function sumRepeats(cotangent: Tensor, shape: readonly number[]): Tensor {
  if (equalShapes(cotangent.shape, shape)) return cotangent;
  const windows = cotangent.reshape(shape.flatMap((n, i) => [n, cotangent.shape[i]! / n]));
  return windows.sum(shape.map((_, i) => 2 * i + 1));
}

function transposeOnAxis(matrix: DenseMatrix, t: Tensor, axis: number): Tensor {
  const { outer, inner } = axisView(t.shape, axis);
  const weights = t.trace.constant({ shape: [matrix.rows, matrix.columns], dtype: "float32", data: Float32Array.from(matrix.data) });
  const product =
    inner === 1
      ? t.reshape([outer, matrix.rows]).matmul(weights)
      : weights.transpose([1, 0]).matmul(t.reshape([outer, matrix.rows, inner]));
  return product.reshape(t.shape.with(axis, matrix.columns));
}

export const resize = {
  Resize: {
    infer: inferResize,
    evaluate: ([x], attrs) => evaluateResize(x!, attrs),
    vjp: ({ cotangent, inputs, attrs }) => [resizeVjp(cotangent, inputs[0]!.shape, attrs)],
  } satisfies OpDef<"Resize">,
};
