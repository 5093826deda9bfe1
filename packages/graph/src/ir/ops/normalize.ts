import type { OpDef, ReferenceValue } from "../op-def.js";
import { sizeOf } from "../shape.js";
import { expectAxis, expectOperands, expectTypes, shapeError } from "./check.js";
import { axisView, floatData } from "./data.js";

function evaluateSoftmax(x: ReferenceValue, axis: number): Float64Array {
  const { outer, length, inner } = axisView(x.shape, axis);
  const result = new Float64Array(x.data.length);
  for (let block = 0; block < outer; block++) {
    for (let column = 0; column < inner; column++) {
      const first = block * length * inner + column;
      const end = first + length * inner;
      // Shifting by the maximum leaves the quotient as it is and keeps the exponentials finite.
      let largest = -Infinity;
      for (let at = first; at < end; at += inner) largest = Math.max(largest, x.data[at]!);
      let total = 0;
      for (let at = first; at < end; at += inner) total += result[at] = Math.exp(x.data[at]! - largest);
      for (let at = first; at < end; at += inner) result[at] = result[at]! / total;
    }
  }
  return result;
}

function evaluateStandardize(x: ReferenceValue, axis: number, epsilon: number): Float64Array {
  const data = floatData(x);
  const length = sizeOf(x.shape.slice(axis));
  const result = new Float64Array(data.length);
  for (let first = 0; first < data.length; first += length) {
    const row = data.subarray(first, first + length);
    const mean = row.reduce((sum, v) => sum + v, 0) / length;
    const variance = row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / length;
    const scale = 1 / Math.sqrt(variance + epsilon);
    for (let i = 0; i < length; i++) result[first + i] = (row[i]! - mean) * scale;
  }
  return result;
}

export const normalize = {
  Softmax: {
    infer: (inputs, { axis }) => {
      expectOperands("Softmax", inputs, 1);
      expectTypes("Softmax", inputs, ["float32"]);
      expectAxis("Softmax", inputs[0]!, axis);
      return { shape: inputs[0]!.shape, dtype: "float32" };
    },
    evaluate: ([x], { axis }) => evaluateSoftmax(x!, axis),
    // s (ct - <ct, s>)
    vjp: ({ cotangent, output, attrs }) => [output.mul(cotangent.sub(cotangent.mul(output).sum([attrs.axis], { keepDims: true })))],
  } satisfies OpDef<"Softmax">,

  Standardize: {
    infer: (inputs, { axis, epsilon }) => {
      expectOperands("Standardize", inputs, 1);
      expectTypes("Standardize", inputs, ["float32"]);
      expectAxis("Standardize", inputs[0]!, axis);
      if (!(epsilon >= 0 && epsilon < Infinity))
        throw shapeError("Standardize", `expected a finite epsilon of at least 0, received ${epsilon}`);
      return { shape: inputs[0]!.shape, dtype: "float32" };
    },
    evaluate: ([x], { axis, epsilon }) => evaluateStandardize(x!, axis, epsilon),
    // y = (x - mean) / s: (ct - mean(ct) - y mean(ct y)) / s, with s = sqrt(variance + epsilon)
    vjp: ({ cotangent, inputs, output, attrs: { axis, epsilon } }) => {
      const x = inputs[0]!;
      const axes = x.shape.map((_, i) => i).slice(axis);
      const average = (t: typeof x): typeof x => t.mean(axes, { keepDims: true });
      const deviation = average(x.sub(average(x)).square())
        .add(epsilon)
        .sqrt();
      return [
        cotangent
          .sub(average(cotangent))
          .sub(output.mul(average(cotangent.mul(output))))
          .div(deviation),
      ];
    },
  } satisfies OpDef<"Standardize">,
};
