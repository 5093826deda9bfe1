import type { Aval, DType } from "../../values.js";
import type { OpDef, ReferenceValue, VjpArguments } from "../op-def.js";
import type { OpAttrs } from "../op-attrs.js";
import { sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { expectAxis, expectOperands, expectTypes, formatShape, shapeError } from "./check.js";
import { allocate, axisView, floatData } from "./data.js";
import { transposeData } from "./transpose-data.js";

type ReduceOp = "ReduceSum" | "ReduceMean" | "ReduceMax" | "ReduceMin" | "ReduceProd";
type ReduceAttrs = OpAttrs["ReduceSum"];
type Data = ReferenceValue["data"];

const floating: readonly DType[] = ["float32"];
const numeric: readonly DType[] = ["float32", "int32"];

function inferReduce(op: ReduceOp, inputs: readonly Aval[], { axes, keepDims }: ReduceAttrs, dtypes: readonly DType[]): Aval {
  expectOperands(op, inputs, 1);
  expectTypes(op, inputs, dtypes);
  const x = inputs[0]!;
  for (const axis of axes) expectAxis(op, x, axis);
  if (axes.some((axis, i) => i > 0 && axis <= axes[i - 1]!)) throw shapeError(op, `expected ascending axes, received ${formatShape(axes)}`);
  const shape = x.shape.flatMap((n, i) => (axes.includes(i) ? (keepDims ? [1] : []) : [n]));
  return { shape, dtype: x.dtype };
}

/** Folds the reduced axes, in row-major order, into each element of the output. */
function evaluateReduce(
  x: ReferenceValue,
  axes: readonly number[],
  output: Aval,
  first: number,
  fold: (total: number, value: number) => number,
): Data {
  const kept = x.shape.flatMap((_, i) => (axes.includes(i) ? [] : [i]));
  const rows = transposeData(x, [...kept, ...axes]);
  const length = sizeOf(axes.map((axis) => x.shape[axis]!));
  const result = allocate(output);
  for (let row = 0; row < result.length; row++) {
    let total = first;
    for (let i = row * length; i < (row + 1) * length; i++) total = fold(total, rows[i]!);
    result[row] = total;
  }
  return result;
}

/** A tensor with the reduced axes put back with size 1, so that it broadcasts against the operand. */
function keepAxes(reduced: Tensor, x: Tensor, axes: readonly number[]): Tensor {
  return reduced.reshape(x.shape.map((n, i) => (axes.includes(i) ? 1 : n)));
}

type ReduceArguments = Pick<VjpArguments<ReduceOp>, "cotangent" | "inputs" | "output" | "attrs">;

const sumVjp = ({ cotangent, inputs, attrs }: ReduceArguments): readonly Tensor[] => {
  const x = inputs[0]!;
  return [keepAxes(cotangent, x, attrs.axes).expand(x.shape)];
};

const meanVjp = (args: ReduceArguments): readonly Tensor[] => {
  const count = args.inputs[0]!.size / args.output.size;
  return sumVjp({ ...args, cotangent: args.cotangent.div(count) });
};

/** Elements that tie for the extremum share the cotangent equally. */
const extremumVjp = ({ cotangent, inputs, output, attrs }: ReduceArguments): readonly Tensor[] => {
  const x = inputs[0]!;
  const ties = x.equal(keepAxes(output, x, attrs.axes)).cast("float32");
  const count = ties.sum(attrs.axes, { keepDims: true });
  return [ties.mul(keepAxes(cotangent, x, attrs.axes).div(count))];
};

/**
 * Each element's cotangent is the product of the others, formed without a division so that zeros, and second derivatives
 * at them, come out right. It takes the square of the number of factors in memory.
 */
const prodVjp = ({ cotangent, inputs, attrs }: ReduceArguments): readonly Tensor[] => {
  const x = inputs[0]!;
  const order = [...x.shape.map((_, i) => i).filter((i) => !attrs.axes.includes(i)), ...attrs.axes];
  const grouped = x.transpose(order);
  const factors = sizeOf(attrs.axes.map((axis) => x.shape[axis]!));
  const rows = x.size / factors;
  const own = x.trace.constant({
    shape: [factors, factors],
    dtype: "bool",
    data: Uint8Array.from({ length: factors ** 2 }, (_, i) => (i % (factors + 1) === 0 ? 1 : 0)),
  });
  const others = own.where(1, grouped.reshape([rows, 1, factors]).expand([rows, factors, factors])).prod([2]);
  const back = others.reshape(grouped.shape).transpose(order.map((_, i) => order.indexOf(i)));
  return [back.mul(keepAxes(cotangent, x, attrs.axes))];
};

interface Reduction {
  readonly dtypes: readonly DType[];
  readonly first: number;
  readonly fold: (total: number, value: number) => number;
  readonly integerFold?: (total: number, value: number) => number;
  readonly vjp: (args: ReduceArguments) => readonly Tensor[];
}

function reduction<K extends ReduceOp>(op: K, { dtypes, first, fold, integerFold, vjp }: Reduction): OpDef<K> {
  return {
    infer: (inputs, attrs) => inferReduce(op, inputs, attrs, dtypes),
    evaluate: ([x], { axes }, output) => evaluateReduce(x!, axes, output, first, output.dtype === "int32" ? (integerFold ?? fold) : fold),
    vjp,
  };
}

const add = (total: number, value: number): number => total + value;
const multiply = (total: number, value: number): number => total * value;

/** Sums run in float64; integer ones wrap to 32 bits when they are stored. */
const sum = reduction("ReduceSum", { dtypes: numeric, first: 0, fold: add, vjp: sumVjp });

function evaluateCumSum(x: ReferenceValue, { axis, exclusive, reverse }: OpAttrs["CumSum"], output: Aval): Data {
  const { outer, length, inner } = axisView(x.shape, axis);
  const result = allocate(output);
  const step = reverse ? -inner : inner;
  for (let block = 0; block < outer; block++) {
    for (let column = 0; column < inner; column++) {
      let at = (block * length + (reverse ? length - 1 : 0)) * inner + column;
      let total = 0;
      for (let i = 0; i < length; i++, at += step) {
        const value = x.data[at]!;
        result[at] = exclusive ? total : total + value;
        total += value;
      }
    }
  }
  return result;
}

export const reduce = {
  ReduceSum: sum,
  ReduceMean: {
    ...reduction("ReduceMean", { dtypes: floating, first: 0, fold: add, vjp: meanVjp }),
    evaluate: (inputs, attrs, output, evaluateBody) => {
      const count = inputs[0]!.data.length / sizeOf(output.shape);
      return floatData({ ...output, data: sum.evaluate(inputs, attrs, output, evaluateBody) }).map((total) => total / count);
    },
  } satisfies OpDef<"ReduceMean">,
  ReduceMax: reduction("ReduceMax", { dtypes: numeric, first: -Infinity, fold: Math.max, vjp: extremumVjp }),
  ReduceMin: reduction("ReduceMin", { dtypes: numeric, first: Infinity, fold: Math.min, vjp: extremumVjp }),
  ReduceProd: reduction("ReduceProd", { dtypes: numeric, first: 1, fold: multiply, integerFold: Math.imul, vjp: prodVjp }),
  CumSum: {
    infer: (inputs, { axis }) => {
      expectOperands("CumSum", inputs, 1);
      expectTypes("CumSum", inputs, numeric);
      expectAxis("CumSum", inputs[0]!, axis);
      return { shape: inputs[0]!.shape, dtype: inputs[0]!.dtype };
    },
    evaluate: ([x], attrs, output) => evaluateCumSum(x!, attrs, output),
    vjp: ({ cotangent, attrs }) => [cotangent.cumsum(attrs.axis, { exclusive: attrs.exclusive, reverse: !attrs.reverse })],
  } satisfies OpDef<"CumSum">,
};
