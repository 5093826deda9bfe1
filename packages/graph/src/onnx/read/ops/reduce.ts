/** Reductions over axes. */
import { normalizeAxes } from "../../../ir/shape.js";
import type { Tensor } from "../../../ir/tensor.js";
import { integerReduce, isInteger, reductions } from "../integer.js";
import { isConstant, rule, type NodeContext, type OpRule, type OpRules, type Value } from "../node-context.js";

type Reduction = (x: Tensor, axes: readonly number[], keepDims: boolean) => Tensor;

/** The reduced axes, or undefined where the file asks for the operand as it is. Axes moved from an attribute to an operand in opset 13 (sum) and 18. */
function reducedAxes(node: NodeContext, rank: number): readonly number[] | undefined {
  const stated = node.attrs.ints("axes") ?? (node.has(1) ? node.ints(1, "axes") : []);
  if (stated.length > 0) return normalizeAxes(node.op, stated, rank);
  return node.attrs.flag("noop_with_empty_axes") ? undefined : Array.from({ length: rank }, (_, i) => i);
}

function reduction(f: Reduction, unreduced: (x: Tensor) => Tensor = (x) => x): OpRule {
  return rule((node): Value => {
    const x = node.input(0);
    const axes = reducedAxes(node, x.shape.length);
    const keepDims = node.attrs.flag("keepdims", true);
    if (axes === undefined) return unreduced(node.tensor(0));
    const exact = reductions[node.op];
    if (exact !== undefined && isConstant(x) && isInteger(x)) return integerReduce(x, axes, keepDims, exact.start, exact.f);
    return f(node.tensor(0), axes, keepDims);
  });
}

/** Extremes of booleans are taken on integers. */
const extreme = (f: Reduction): OpRule =>
  reduction((x, axes, keepDims) => (x.dtype === "bool" ? f(x.cast("int32"), axes, keepDims).cast("bool") : f(x, axes, keepDims)));

const mean: Reduction = (x, axes, keepDims) =>
  x.dtype === "int32" ? x.cast("float32").mean(axes, { keepDims }).cast("int32") : x.mean(axes, { keepDims });
const sum: Reduction = (x, axes, keepDims) => x.sum(axes, { keepDims });

/** log(sum(e^x)) with the largest term taken out; nothing to take out of an empty sum. */
const logSumExp: Reduction = (x, axes, keepDims) => {
  if (x.size === 0) return sum(x.exp(), axes, keepDims).log();
  const peak = x.max(axes, { keepDims: true });
  const total = x.sub(peak).exp().sum(axes, { keepDims: true }).log().add(peak);
  return keepDims ? total : total.reshape(x.shape.filter((_, i) => !axes.includes(i)));
};

/** The first (or last) index of the extreme along an axis, by comparing with it. */
function argExtreme(kind: "max" | "min"): OpRule {
  return rule((node) => {
    const x = node.tensor(0);
    const axis = normalizeAxes(node.op, [node.attrs.int("axis", 0)], x.rank)[0]!;
    const size = x.shape[axis]!;
    const extremes = kind === "max" ? x.max([axis], { keepDims: true }) : x.min([axis], { keepDims: true });
    const iota = node.builder.constant({
      shape: x.shape.map((_, i) => (i === axis ? size : 1)),
      dtype: "int32",
      data: Int32Array.from({ length: size }, (_, i) => i),
    });
    const keepDims = node.attrs.flag("keepdims", true);
    const hit = x.equal(extremes);
    if (node.attrs.flag("select_last_index")) return hit.where(iota, -1).max([axis], { keepDims });
    return hit.where(iota, size).min([axis], { keepDims });
  });
}

export const reduce: OpRules = {
  ReduceSum: reduction(sum),
  ReduceMean: reduction(mean),
  ReduceMax: extreme((x, axes, keepDims) => x.max(axes, { keepDims })),
  ReduceMin: extreme((x, axes, keepDims) => x.min(axes, { keepDims })),
  ReduceProd: reduction((x, axes, keepDims) => x.prod(axes, { keepDims })),
  ReduceL1: reduction(
    (x, axes, keepDims) => sum(x.abs(), axes, keepDims),
    (x) => x.abs(),
  ),
  ReduceL2: reduction(
    (x, axes, keepDims) => sum(x.square(), axes, keepDims).sqrt(),
    (x) => x.abs(),
  ),
  ReduceSumSquare: reduction(
    (x, axes, keepDims) => sum(x.square(), axes, keepDims),
    (x) => x.square(),
  ),
  ReduceLogSum: reduction(
    (x, axes, keepDims) => sum(x, axes, keepDims).log(),
    (x) => x.log(),
  ),
  ReduceLogSumExp: reduction(logSumExp),
  ArgMax: argExtreme("max"),
  ArgMin: argExtreme("min"),
  CumSum: rule((node) =>
    node.tensor(0).cumsum(node.number(1, "axis"), { exclusive: node.attrs.flag("exclusive"), reverse: node.attrs.flag("reverse") }),
  ),
};
