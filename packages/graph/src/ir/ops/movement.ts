import type { Aval } from "../../values.js";
import { formatAval } from "../format.js";
import type { OpDef, ReferenceValue } from "../op-def.js";
import type { OpAttrs, OpName } from "../op-attrs.js";
import { equalShapes, sizeOf, stridesOf } from "../shape.js";
import { expectAxis, expectIntegers, expectOperands, expectSameType, formatShape, shapeError } from "./check.js";
import { allocate, axisView, offsets, remap, type OffsetTable } from "./data.js";
import { sumToShape, broadcastData } from "./broadcast.js";
import { padVjp } from "./pad-vjp.js";
import { sliceVjp } from "./slice-vjp.js";
import { transposeData } from "./transpose-data.js";

type Shape = readonly number[];
type Data = ReferenceValue["data"];

const typed = (x: Aval, shape: Shape): Aval => ({ shape, dtype: x.dtype });

function single(op: OpName, inputs: readonly Aval[]): Aval {
  expectOperands(op, inputs, 1);
  return inputs[0]!;
}

function inferReshape(inputs: readonly Aval[], { shape }: OpAttrs["Reshape"]): Aval {
  const x = single("Reshape", inputs);
  expectIntegers("Reshape", "a shape", shape, shape.length, 0);
  if (sizeOf(shape) !== sizeOf(x.shape)) {
    throw shapeError(
      "Reshape",
      `expected ${sizeOf(x.shape)} elements to make ${formatShape(shape)} from ${formatAval(x)}, received a shape of ${sizeOf(shape)}`,
    );
  }
  return typed(x, shape);
}

function inferTranspose(inputs: readonly Aval[], { permutation }: OpAttrs["Transpose"]): Aval {
  const x = single("Transpose", inputs);
  const sorted = [...permutation].sort((a, b) => a - b);
  if (permutation.length !== x.shape.length || sorted.some((axis, i) => axis !== i)) {
    throw shapeError(
      "Transpose",
      `expected a permutation of the ${x.shape.length} axes of ${formatAval(x)}, received ${formatShape(permutation)}`,
    );
  }
  return typed(
    x,
    permutation.map((axis) => x.shape[axis]!),
  );
}

function inferExpand(inputs: readonly Aval[], { shape }: OpAttrs["Expand"]): Aval {
  const x = single("Expand", inputs);
  expectIntegers("Expand", "a shape", shape, shape.length, 0);
  const lead = shape.length - x.shape.length;
  if (lead < 0 || x.shape.some((n, i) => n !== 1 && n !== shape[i + lead])) {
    throw shapeError("Expand", `expected a shape that ${formatAval(x)} broadcasts to, received ${formatShape(shape)}`);
  }
  return typed(x, shape);
}

/** Number of elements that one axis of a slice keeps. */
export const sliceLength = (start: number, end: number, step: number): number => Math.max(0, Math.ceil((end - start) / step));

function inferSlice(inputs: readonly Aval[], { starts, ends, steps }: OpAttrs["Slice"]): Aval {
  const x = single("Slice", inputs);
  const rank = x.shape.length;
  expectIntegers("Slice", "starts", starts, rank, -1);
  expectIntegers("Slice", "ends", ends, rank, -1);
  expectIntegers("Slice", "steps", steps, rank, -Infinity);
  const shape = x.shape.map((n, i) => {
    const [start, end, step] = [starts[i]!, ends[i]!, steps[i]!];
    const [low, high] = step > 0 ? [0, n] : [-1, n - 1];
    if (step === 0 || start < low || start > high || end < low || end > high) {
      throw shapeError(
        "Slice",
        `expected start and end of axis ${i} in [${low}, ${high}] and a step other than 0 for ${formatAval(x)}, received start ${start}, end ${end}, step ${step}`,
      );
    }
    return sliceLength(start, end, step);
  });
  return typed(x, shape);
}

/** Most elements that a mode can add to one side of an axis of size n. */
const padLimits: Readonly<Record<OpAttrs["Pad"]["mode"], (n: number) => number>> = {
  constant: () => Infinity,
  edge: (n) => (n === 0 ? 0 : Infinity),
  reflect: (n) => Math.max(0, n - 1),
  wrap: (n) => n,
};

function inferPad(inputs: readonly Aval[], { pads, mode }: OpAttrs["Pad"]): Aval {
  const x = single("Pad", inputs);
  const rank = x.shape.length;
  expectIntegers("Pad", "pads", pads, 2 * rank, 0);
  const shape = x.shape.map((n, i) => {
    const [begin, end] = [pads[i]!, pads[i + rank]!];
    const limit = padLimits[mode](n);
    if (Math.max(begin, end) > limit)
      throw shapeError("Pad", `expected ${mode} pads of at most ${limit} on axis ${i} of ${formatAval(x)}, received ${begin} and ${end}`);
    return begin + n + end;
  });
  return typed(x, shape);
}

function inferConcat(inputs: readonly Aval[], { axis }: OpAttrs["Concat"]): Aval {
  expectOperands("Concat", inputs, 1, Infinity);
  expectSameType("Concat", inputs);
  const first = inputs[0]!;
  expectAxis("Concat", first, axis);
  const others = (x: Aval): Shape => x.shape.map((n, i) => (i === axis ? -1 : n));
  if (inputs.some((x) => !equalShapes(others(x), others(first)))) {
    throw shapeError("Concat", `expected operands that agree on all axes but ${axis}, received ${inputs.map(formatAval).join(", ")}`);
  }
  const total = inputs.reduce((sum, x) => sum + x.shape[axis]!, 0);
  return typed(
    first,
    first.shape.map((n, i) => (i === axis ? total : n)),
  );
}

function evaluateSlice(x: ReferenceValue, { starts, steps }: OpAttrs["Slice"], output: Aval): Data {
  const strides = stridesOf(x.shape);
  const result = allocate(output);
  remap(
    x.data,
    output.shape.map((n, i) => offsets(n, strides[i]!, starts[i], steps[i])),
    result,
  );
  return result;
}

/** Index in an axis of size n that fills position i, counted from the first element; -1 for a constant. */
const padSource: Readonly<Record<OpAttrs["Pad"]["mode"], (i: number, n: number) => number>> = {
  constant: (i, n) => (i < 0 || i >= n ? -1 : i),
  edge: (i, n) => Math.min(Math.max(i, 0), n - 1),
  reflect: (i, n) => (i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i),
  wrap: (i, n) => (i + n) % n,
};

function evaluatePad(x: ReferenceValue, { pads, mode, value }: OpAttrs["Pad"], output: Aval): Data {
  const strides = stridesOf(x.shape);
  const tables = output.shape.map((count, axis): OffsetTable => {
    const [begin, n, stride] = [pads[axis]!, x.shape[axis]!, strides[axis]!];
    return Int32Array.from({ length: count }, (_, i) => {
      const source = padSource[mode](i - begin, n);
      return source < 0 ? -1 : source * stride;
    });
  });
  const result = allocate(output);
  remap(x.data, tables, result, value);
  return result;
}

function evaluateConcat(inputs: readonly ReferenceValue[], axis: number, output: Aval): Data {
  const result = allocate(output);
  const { outer, inner } = axisView(output.shape, axis);
  const row = output.shape[axis]! * inner;
  let begin = 0;
  for (const { data, shape } of inputs) {
    const part = shape[axis]! * inner;
    for (let block = 0; block < outer; block++) result.set(data.subarray(block * part, (block + 1) * part), block * row + begin);
    begin += part;
  }
  return result;
}

/** The permutation that undoes another. */
const inverse = (permutation: Shape): Shape => permutation.map((_, i) => permutation.indexOf(i));

export const movement = {
  Reshape: {
    infer: inferReshape,
    evaluate: ([x]) => x!.data,
    vjp: ({ cotangent, inputs }) => [cotangent.reshape(inputs[0]!.shape)],
  } satisfies OpDef<"Reshape">,
  Transpose: {
    infer: inferTranspose,
    evaluate: ([x], { permutation }) => transposeData(x!, permutation),
    vjp: ({ cotangent, attrs }) => [cotangent.transpose(inverse(attrs.permutation))],
  } satisfies OpDef<"Transpose">,
  Expand: {
    infer: inferExpand,
    evaluate: ([x], { shape }) => broadcastData(x!, shape),
    vjp: ({ cotangent, inputs }) => [sumToShape(cotangent, inputs[0]!.shape)],
  } satisfies OpDef<"Expand">,
  Slice: {
    infer: inferSlice,
    evaluate: ([x], attrs, output) => evaluateSlice(x!, attrs, output),
    vjp: ({ cotangent, inputs, attrs }) => [sliceVjp(cotangent, inputs[0]!.shape, attrs)],
  } satisfies OpDef<"Slice">,
  Pad: {
    infer: inferPad,
    evaluate: ([x], attrs, output) => evaluatePad(x!, attrs, output),
    vjp: ({ cotangent, inputs, attrs }) => [padVjp(cotangent, inputs[0]!.shape, attrs)],
  } satisfies OpDef<"Pad">,
  Concat: {
    infer: inferConcat,
    evaluate: (inputs, { axis }, output) => evaluateConcat(inputs, axis, output),
    vjp: ({ cotangent, inputs, attrs: { axis }, wanted }) => {
      let begin = 0;
      return inputs.map((x, i) => {
        const end = begin + x.shape[axis]!;
        const part = wanted[i] === true ? cotangent.sliceAxis(axis, begin, end) : undefined;
        begin = end;
        return part;
      });
    },
  } satisfies OpDef<"Concat">,
};
