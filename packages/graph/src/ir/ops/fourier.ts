import type { Aval } from "../../values.js";
import { formatAval } from "../format.js";
import type { OpDef, ReferenceValue } from "../op-def.js";
import type { OpAttrs } from "../op-attrs.js";
import { expectAxis, expectOperands, expectTypes, shapeError } from "./check.js";
import { axisView } from "./data.js";
import { fourierTransform, type ComplexSignal } from "./fft.js";

function inferDft(inputs: readonly Aval[], { axis }: OpAttrs["DFT"]): Aval {
  expectOperands("DFT", inputs, 1);
  expectTypes("DFT", inputs, ["float32"]);
  const x = inputs[0]!;
  expectAxis("DFT", x, axis);
  if (x.shape.at(-1) !== 2 || axis === x.shape.length - 1) {
    throw shapeError("DFT", `expected a last axis of 2 (real, imaginary) behind axis ${axis}, received ${formatAval(x)}`);
  }
  return { shape: x.shape, dtype: "float32" };
}

function evaluateDft(x: ReferenceValue, { axis, inverse }: OpAttrs["DFT"]): Float64Array {
  const { outer, length, inner } = axisView(x.shape, axis);
  const signal: ComplexSignal = { real: new Float64Array(length), imaginary: new Float64Array(length) };
  const scale = inverse ? 1 / length : 1;
  const result = new Float64Array(x.data.length);
  for (let block = 0; block < outer; block++) {
    for (let column = 0; column < inner; column += 2) {
      const first = block * length * inner + column;
      for (let i = 0; i < length; i++) {
        signal.real[i] = x.data[first + i * inner]!;
        signal.imaginary[i] = x.data[first + i * inner + 1]!;
      }
      fourierTransform(signal, inverse ? 1 : -1);
      for (let i = 0; i < length; i++) {
        result[first + i * inner] = signal.real[i]! * scale;
        result[first + i * inner + 1] = signal.imaginary[i]! * scale;
      }
    }
  }
  return result;
}

export const fourier = {
  DFT: {
    infer: inferDft,
    evaluate: ([x], attrs) => evaluateDft(x!, attrs),
    // The transpose over (real, imaginary) pairs is the conjugate transpose: F^H = N F^-1.
    vjp: ({ cotangent, attrs: { axis, inverse } }) => {
      const length = cotangent.shape[axis]!;
      const transformed = cotangent.dft(axis, !inverse);
      return [inverse ? transformed.div(length) : transformed.mul(length)];
    },
  } satisfies OpDef<"DFT">,
};
