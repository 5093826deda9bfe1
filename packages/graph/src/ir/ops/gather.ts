import type { Aval } from "../../values.js";
import { errors } from "../../error-codes.js";
import { formatAval } from "../format.js";
import type { OpDef, ReferenceValue } from "../op-def.js";
import type { OpAttrs, OpName } from "../op-attrs.js";
import { equalShapes } from "../shape.js";
import { expectAxis, expectOperands, expectSameType, expectTypes, shapeError } from "./check.js";
import { zeros } from "./broadcast.js";
import { allocate, axisView } from "./data.js";

function inferGather(inputs: readonly Aval[], { axis }: OpAttrs["Gather"]): Aval {
  expectOperands("Gather", inputs, 2);
  const [data, indices] = [inputs[0]!, inputs[1]!];
  expectAxis("Gather", data, axis);
  if (indices.dtype !== "int32") throw shapeError("Gather", `expected int32 indices, received ${formatAval(indices)}`);
  return { shape: [...data.shape.slice(0, axis), ...indices.shape, ...data.shape.slice(axis + 1)], dtype: data.dtype };
}

function inferScatterAdd(inputs: readonly Aval[], { axis }: OpAttrs["ScatterAdd"]): Aval {
  expectOperands("ScatterAdd", inputs, 3);
  const [base, indices, updates] = [inputs[0]!, inputs[1]!, inputs[2]!];
  expectTypes("ScatterAdd", [base, updates], ["float32", "int32"]);
  expectSameType("ScatterAdd", [base, updates]);
  expectAxis("ScatterAdd", base, axis);
  if (indices.dtype !== "int32" || indices.shape.length !== 1)
    throw shapeError("ScatterAdd", `expected int32 indices of rank 1, received ${formatAval(indices)}`);
  const shape = base.shape.map((n, i) => (i === axis ? indices.shape[0]! : n));
  if (!equalShapes(shape, updates.shape)) {
    throw shapeError("ScatterAdd", `expected updates ${formatAval({ shape, dtype: base.dtype })}, received ${formatAval(updates)}`);
  }
  return { shape: base.shape, dtype: base.dtype };
}

/** Indices are data, so only evaluation can find them out of range. */
function checkIndices(op: OpName, indices: ReferenceValue, size: number): void {
  const bad = indices.data.find((i) => i < 0 || i >= size);
  if (bad !== undefined) throw errors.BAD_ARGUMENT({ function: op, expected: `indices in [0, ${size})`, received: `${bad}` });
}

function evaluateGather(data: ReferenceValue, indices: ReferenceValue, axis: number, output: Aval): ReferenceValue["data"] {
  const { outer, length, inner } = axisView(data.shape, axis);
  checkIndices("Gather", indices, length);
  const result = allocate(output);
  let position = 0;
  for (let block = 0; block < outer; block++) {
    for (const index of indices.data) {
      const from = (block * length + index) * inner;
      result.set(data.data.subarray(from, from + inner), position);
      position += inner;
    }
  }
  return result;
}

function evaluateScatterAdd(base: ReferenceValue, indices: ReferenceValue, updates: ReferenceValue, axis: number): ReferenceValue["data"] {
  const { outer, length, inner } = axisView(base.shape, axis);
  checkIndices("ScatterAdd", indices, length);
  const result = base.data.slice();
  let position = 0;
  for (let block = 0; block < outer; block++) {
    for (const index of indices.data) {
      const to = (block * length + index) * inner;
      for (let i = 0; i < inner; i++) result[to + i] = result[to + i]! + updates.data[position++]!;
    }
  }
  return result;
}

export const gather = {
  Gather: {
    infer: inferGather,
    evaluate: ([data, indices], { axis }, output) => evaluateGather(data!, indices!, axis, output),
    vjp: ({ cotangent, inputs, attrs: { axis } }) => {
      const [data, indices] = [inputs[0]!, inputs[1]!];
      const updates = cotangent.reshape(data.shape.map((n, i) => (i === axis ? indices.size : n)));
      return [zeros(cotangent, data.shape).scatterAdd(indices.reshape([indices.size]), updates, axis), undefined];
    },
  } satisfies OpDef<"Gather">,
  ScatterAdd: {
    infer: inferScatterAdd,
    evaluate: ([base, indices, updates], { axis }) => evaluateScatterAdd(base!, indices!, updates!, axis),
    vjp: ({ cotangent, inputs, attrs, wanted }) => [
      cotangent,
      undefined,
      wanted[2] === true ? cotangent.gather(inputs[1]!, attrs.axis) : undefined,
    ],
  } satisfies OpDef<"ScatterAdd">,
};
