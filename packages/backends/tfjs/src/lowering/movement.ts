import { sizeOf, type OpAttrs } from "@leader/graph";
import type { Rank } from "@tensorflow/tfjs-core";
import type { Tfjs, TfTensor } from "../tfjs.js";
import { int32, mutable, type Kernel, type Lowering, type LoweringContext } from "./lowering.js";
import { repeatedAxes, vectorRank } from "./merged-axes.js";

/** Strides where TensorFlow.js has kernels for them; its WebAssembly takes integers and booleans for floats there. */
const slice: Lowering<"Slice"> = (context, { attrs: { starts, ends, steps }, types, output }) => {
  const { tf } = context;
  if (steps.every((step) => step === 1)) return ([x]) => tf.slice(x!, mutable(starts), mutable(output.shape));
  if (output.dtype !== "float32") {
    return byIndices(
      context,
      types[0]!.shape,
      output.shape.map((count, axis) => Array.from({ length: count }, (_, i) => starts[axis]! + i * steps[axis]!)),
    );
  }
  // To TensorFlow.js a negative end counts from the back; the mask says "as far as it goes".
  const endMask = ends.reduce((mask, end, axis) => (end < 0 ? mask | (1 << axis) : mask), 0);
  return ([x]) => tf.stridedSlice(x!, mutable(starts), mutable(ends), mutable(steps), 0, endMask);
};

/** Takes the given places of each axis. */
function byIndices(context: LoweringContext, shape: readonly number[], places: readonly (readonly number[])[]): Kernel {
  const { tf } = context;
  const gathers = places.flatMap((indices, axis) => {
    if (indices.length === shape[axis] && indices.every((place, i) => place === i)) return [];
    return [{ axis, indices: context.constant(int32([indices.length], indices)) }];
  });
  return ([x]) => gathers.reduce((t, { axis, indices }) => tf.gather(t, indices, axis), x!);
}

/** Index in an axis of size n that fills position i, counted from the first element. */
const padSource: Readonly<Record<Exclude<OpAttrs["Pad"]["mode"], "constant">, (i: number, n: number) => number>> = {
  edge: (i, n) => Math.min(Math.max(i, 0), n - 1),
  reflect: (i, n) => (i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i),
  wrap: (i, n) => (i + n) % n,
};

const pad: Lowering<"Pad"> = (context, { attrs: { pads, mode, value }, types, output }) => {
  const { tf } = context;
  const { shape, dtype } = types[0]!;
  const rank = shape.length;
  if (mode === "constant") {
    const margins = shape.map((_, axis): [number, number] => [pads[axis]!, pads[axis + rank]!]);
    // Kernels for padding know numbers only.
    if (dtype === "bool") return ([x]) => tf.notEqual(tf.pad(tf.cast(x!, "int32"), margins, value), tf.scalar(0, "int32"));
    return ([x]) => tf.pad(x!, margins, value);
  }
  const places = shape.map((n, axis) => Array.from({ length: output.shape[axis]! }, (_, i) => padSource[mode](i - pads[axis]!, n)));
  return byIndices(context, shape, places);
};

/** Rows of the axis, brought to the front, take the updates that name them; repeated indices add up. */
const scatterAdd: Lowering<"ScatterAdd"> = ({ tf }, { attrs: { axis }, types, output }) => {
  const toFront = [axis, ...output.shape.flatMap((_, i) => (i === axis ? [] : [i]))];
  const back = output.shape.map((_, i) => toFront.indexOf(i));
  const front = toFront.map((i) => output.shape[i]!);
  const inner = sizeOf(front.slice(1));
  const count = types[1]!.shape[0]!;
  const rows = (x: TfTensor, n: number): TfTensor => tf.reshape(axis === 0 ? x : tf.transpose(x, toFront), [n, inner]);
  if (count === 0 || inner === 0) return ([base]) => base!;
  return ([base, indices, updates]) => {
    const added = tf.scatterND(tf.reshape(indices!, [count, 1]), rows(updates!, count), [front[0]!, inner]);
    const placed = tf.reshape(added, front);
    return tf.add(base!, axis === 0 ? placed : tf.transpose(placed, back));
  };
};

const expand: Lowering<"Expand"> = ({ tf }: LoweringContext, { types, output }) => {
  const full = mutable(output.shape);
  const repeat = repetition(tf, types[0]!.shape, full);
  return output.dtype === "bool" ? ([x]) => tf.notEqual(repeat(tf.cast(x!, "int32")), tf.scalar(0, "int32")) : ([x]) => repeat(x!);
};

/** Repeats a value along axes of size 1, in as few axes as say the same where there are many. */
function repetition(tf: Tfjs, from: readonly number[], to: number[]): (x: TfTensor) => TfTensor {
  if (to.length <= vectorRank) return (x) => tf.broadcastTo(x, to);
  const { shape, axes } = repeatedAxes(from, to);
  const few = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  return (x) => tf.reshape(tf.broadcastTo(tf.reshape(x, few), mutable(shape)), to);
}

export const movement = {
  Reshape: (({ tf }, { output }) =>
    ([x]) =>
      tf.reshape(x!, mutable(output.shape))) satisfies Lowering<"Reshape">,
  Transpose: (({ tf }, { attrs: { permutation } }) =>
    // Some devices copy even where nothing moves.
    permutation.every((axis, i) => axis === i)
      ? ([x]) => x!
      : ([x]) => tf.transpose(x!, mutable(permutation))) satisfies Lowering<"Transpose">,
  Expand: expand,
  Slice: slice,
  Pad: pad,
  Concat: (({ tf }, { attrs: { axis } }) =>
    (parts) =>
      parts.length === 1 ? parts[0]! : tf.concat([...parts], axis)) satisfies Lowering<"Concat">,
  Gather: (({ tf }, { attrs: { axis }, output }) =>
    ([x, indices]) =>
      tf.reshape(tf.gather(x!, tf.reshape<Rank.R1>(indices!, [indices!.size]), axis), mutable(output.shape))) satisfies Lowering<"Gather">,
  ScatterAdd: scatterAdd,
};
