import type { Aval } from "../../values.js";
import { formatAval } from "../format.js";
import type { OpDef, ReferenceValue } from "../op-def.js";
import { broadcastShapes, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { expectOperands, expectTypes, shapeError } from "./check.js";
import { sumToShape } from "./broadcast.js";
import { addWeighted } from "./add-weighted.js";
import { floatData, offsets, remap } from "./data.js";

function inferMatMul(inputs: readonly Aval[]): Aval {
  expectOperands("MatMul", inputs, 2);
  expectTypes("MatMul", inputs, ["float32"]);
  const [a, b] = [inputs[0]!, inputs[1]!];
  if (a.shape.length < 2 || b.shape.length < 2 || a.shape.at(-1) !== b.shape.at(-2)) {
    throw shapeError("MatMul", `expected matrices [..., m, k] and [..., k, n], received ${formatAval(a)} and ${formatAval(b)}`);
  }
  const batch = broadcastShapes("MatMul", a.shape.slice(0, -2), b.shape.slice(0, -2));
  return { shape: [...batch, a.shape.at(-2)!, b.shape.at(-1)!], dtype: "float32" };
}

/** Index of the operand's matrix that each matrix of the broadcast batch reads. */
function batchIndices(operand: readonly number[], batch: readonly number[]): Int32Array {
  const own = operand.slice(0, -2);
  const lead = batch.length - own.length;
  let stride = 1;
  const strides = own.toReversed().map((n) => {
    const current = n === 1 ? 0 : stride;
    stride *= n;
    return current;
  });
  const tables = batch.map((n, i) => offsets(n, i < lead ? 0 : strides[own.length - 1 - (i - lead)]!));
  const indices = Int32Array.from({ length: stride }, (_, i) => i);
  const result = new Int32Array(sizeOf(batch));
  remap(indices, tables, result);
  return result;
}

function evaluateMatMul(a: ReferenceValue, b: ReferenceValue, output: Aval): Float64Array {
  const [m, k, n] = [a.shape.at(-2)!, a.shape.at(-1)!, b.shape.at(-1)!];
  const batch = output.shape.slice(0, -2);
  const [x, y] = [floatData(a), floatData(b)];
  const [xs, ys] = [batchIndices(a.shape, batch), batchIndices(b.shape, batch)];
  const result = new Float64Array(sizeOf(output.shape));
  for (let at = 0; at < xs.length; at++) {
    for (let i = 0; i < m; i++) {
      addWeighted(
        { data: result, at: (at * m + i) * n, step: 1 },
        { data: y, at: ys[at]! * k * n, step: 1, lane: n },
        { data: x, at: (xs[at]! * m + i) * k, step: 1 },
        n,
        k,
      );
    }
  }
  return result;
}

/** Exchanges the last two axes. */
function transposeMatrices(x: Tensor): Tensor {
  const axes = x.shape.map((_, i) => i);
  return x.transpose([...axes.slice(0, -2), x.rank - 1, x.rank - 2]);
}

/** a^T ct; a right operand without a batch takes one product over all rows instead of a batch of them that is then summed. */
function rightCotangent(cotangent: Tensor, a: Tensor, b: Tensor): Tensor {
  if (b.rank > 2) return sumToShape(transposeMatrices(a).matmul(cotangent), b.shape);
  const rows = (t: Tensor): Tensor => t.reshape([sizeOf(t.shape.slice(0, -1)), t.shape.at(-1)!]);
  return transposeMatrices(rows(a)).matmul(rows(cotangent));
}

export const matmul = {
  MatMul: {
    infer: inferMatMul,
    evaluate: ([a, b], _, output) => evaluateMatMul(a!, b!, output),
    vjp: ({ cotangent, inputs, wanted }) => {
      const [a, b] = [inputs[0]!, inputs[1]!];
      return [
        wanted[0] === true ? sumToShape(cotangent.matmul(transposeMatrices(b)), a.shape) : undefined,
        wanted[1] === true ? rightCotangent(cotangent, a, b) : undefined,
      ];
    },
  } satisfies OpDef<"MatMul">,
};
