import type { TfTensor, Tfjs } from "../tfjs.js";
import { mutable, type Lowering } from "./lowering.js";
import { mergedAxes, vectorRank } from "./merged-axes.js";

type ReduceOp = "ReduceSum" | "ReduceMean" | "ReduceMax" | "ReduceMin" | "ReduceProd";
type Reduce = (tf: Tfjs, x: TfTensor, axes: number[], keepDims: boolean) => TfTensor;

const reduce =
  <K extends ReduceOp>(f: Reduce): Lowering<K> =>
  ({ tf }, { attrs: { axes, keepDims }, types, output }) => {
    const { shape } = types[0]!;
    // No axes mean "none" to the language.
    if (axes.length === 0) return ([x]) => x!;
    if (shape.length <= vectorRank) return ([x]) => f(tf, x!, mutable(axes), keepDims);
    const merged = mergedAxes(shape, axes);
    return ([x]) => {
      const few = tf.reshape(x!, merged.shape);
      return tf.reshape(merged.axes.length === 0 ? few : f(tf, few, merged.axes, false), mutable(output.shape));
    };
  };

/** Shifted by the maximum, which keeps the exponentials finite; TensorFlow.js' own needs the last axis. */
const softmax: Lowering<"Softmax"> =
  ({ tf }, { attrs: { axis }, output }) =>
  ([x]) => {
    if (axis === output.shape.length - 1) return tf.softmax(x!, axis);
    const exponentials = tf.exp(tf.sub(x!, tf.max(x!, axis, true)));
    return tf.div(exponentials, tf.sum(exponentials, axis, true));
  };

/** (x - mean) / sqrt(variance + epsilon) with the variance from centred values, which a large mean does not spoil. */
export function standardizeAxes(tf: Tfjs, axes: readonly number[], epsilon: number): (x: TfTensor) => TfTensor {
  const average = (x: TfTensor): TfTensor => tf.mean(x, mutable(axes), true);
  return (x) => {
    const centred = tf.sub(x, average(x));
    return tf.div(centred, tf.sqrt(tf.add(average(tf.square(centred)), epsilon)));
  };
}

const standardize: Lowering<"Standardize"> = ({ tf }, { attrs: { axes, epsilon } }) => {
  const apply = standardizeAxes(tf, axes, epsilon);
  return ([x]) => apply(x!);
};

export const reductions = {
  ReduceSum: reduce<"ReduceSum">((tf, x, axes, keepDims) => tf.sum(x, axes, keepDims)),
  ReduceMean: reduce<"ReduceMean">((tf, x, axes, keepDims) => tf.mean(x, axes, keepDims)),
  ReduceMax: reduce<"ReduceMax">((tf, x, axes, keepDims) => tf.max(x, axes, keepDims)),
  ReduceMin: reduce<"ReduceMin">((tf, x, axes, keepDims) => tf.min(x, axes, keepDims)),
  ReduceProd: reduce<"ReduceProd">((tf, x, axes, keepDims) => tf.prod(x, axes, keepDims)),
  CumSum: (({ tf }, { attrs: { axis, exclusive, reverse } }) =>
    ([x]) =>
      tf.cumsum(x!, axis, exclusive, reverse)) satisfies Lowering<"CumSum">,
  Softmax: softmax,
  Standardize: standardize,
};
