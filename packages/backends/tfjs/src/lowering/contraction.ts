import { equalShapes, sizeOf, type Aval, type Node, type OpAttrs } from "@leader/graph";
import { evaluateNode } from "@leader/graph/reference";
import type { TfTensor } from "../tfjs.js";
import { convolutions } from "./convolution.js";
import { dft } from "./fourier.js";
import { product } from "./product.js";
import { float32, fourAxes, type Kernel, type Lowering, type LoweringContext, mutable, shape4 } from "./lowering.js";

/** One product of matrices where the right operand has no batch; batches that differ are repeated first. */
const matmul: Lowering<"MatMul"> = (context, { types, output }) => {
  const { tf } = context;
  const [a, b] = [types[0]!.shape, types[1]!.shape];
  if (b.length === 2) {
    const rows: [number, number] = [sizeOf(a.slice(0, -1)), a.at(-1)!];
    return ([x, y]) => tf.reshape(tf.matMul(tf.reshape(x!, rows), y!), mutable(output.shape));
  }
  const batch = output.shape.slice(0, -2);
  const size = sizeOf(batch);
  const matrices = (x: TfTensor): TfTensor => {
    const [rows, columns] = [x.shape.at(-2)!, x.shape.at(-1)!];
    if (x.size === rows * columns) return tf.reshape(x, [1, rows, columns]);
    const full = equalShapes(x.shape.slice(0, -2), batch) ? x : tf.broadcastTo(x, mutable([...batch, rows, columns]));
    return tf.reshape(full, [size, rows, columns]);
  };
  return ([x, y]) => tf.reshape(product(context, matrices(x!), matrices(y!)), mutable(output.shape));
};

/** The linear map of one axis as rows of weights, by the definition that the interpreter uses. */
function axisWeights(attrs: OpAttrs["Resize"], axis: number, n: number): { readonly rows: number; readonly weights: Float32Array } {
  const rows = attrs.shape[axis]!;
  const identity = Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
  const aval: Aval = { shape: [n, rows], dtype: "float32" };
  const node: Node<"Resize"> = {
    id: 1,
    op: "Resize",
    inputs: [0],
    attrs: { ...attrs, shape: [n, rows], scales: [1, attrs.scales[axis]!] },
    aval,
    scope: "",
  };
  const columns = evaluateNode(node, [{ shape: [n, n], dtype: "float32", data: identity }]).data;
  return { rows, weights: transposed(Float32Array.from(columns), n, rows) };
}

const isIdentity = (rows: number, n: number, weights: Float32Array): boolean =>
  rows === n && weights.every((weight, i) => weight === (i % (n + 1) === 0 ? 1 : 0));

/** Interpolation is separable: one product with a matrix per axis that changes. */
const resize: Lowering<"Resize"> = (context, { attrs, types }) => {
  const { tf } = context;
  const { shape } = types[0]!;
  if (repeatsPixels(shape, attrs)) {
    const size: [number, number] = [attrs.shape[1]!, attrs.shape[2]!];
    return ([x]) => tf.image.resizeNearestNeighbor(fourAxes(x!), size);
  }
  const steps: Kernel[] = [];
  let current = shape;
  shape.forEach((n, axis) => {
    const { rows, weights } = axisWeights(attrs, axis, n);
    if (isIdentity(rows, n, weights)) return;
    const next = current.with(axis, rows);
    steps.push(alongAxis(context, current, axis, rows, weights));
    current = next;
  });
  return ([x]) => steps.reduce((t, step) => step([t]), x!);
};

function alongAxis(context: LoweringContext, shape: readonly number[], axis: number, rows: number, weights: Float32Array): Kernel {
  const { tf } = context;
  const n = shape[axis]!;
  const [outer, inner] = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis + 1))];
  const target = mutable(shape.with(axis, rows));
  if (inner === 1) {
    const columns = context.constant(float32([n, rows], transposed(weights, rows, n)));
    return ([x]) => tf.reshape(tf.matMul(tf.reshape(x!, [outer, n]), columns), target);
  }
  const matrix = context.constant(float32([1, rows, n], weights));
  return ([x]) => tf.reshape(product(context, matrix, tf.reshape(x!, [outer, n, inner])), target);
}

const transposed = (data: Float32Array, rows: number, columns: number): Float32Array =>
  Float32Array.from({ length: data.length }, (_, i) => data[(i % rows) * columns + Math.floor(i / rows)]!);

/** Images [N,H,W,C] whose pixels become whole blocks of equal ones. */
function repeatsPixels(shape: readonly number[], attrs: OpAttrs["Resize"]): boolean {
  if (attrs.mode !== "nearest" || shape.length !== 4) return false;
  const [images, height, width, channels] = shape4(shape);
  const factors = [attrs.shape[1]! / height, attrs.shape[2]! / width];
  return (
    attrs.shape[0] === images &&
    attrs.shape[3] === channels &&
    factors.every((factor, i) => Number.isInteger(factor) && factor === attrs.scales[i + 1]) &&
    ((attrs.coordinates === "asymmetric" && attrs.nearest === "floor") ||
      (attrs.coordinates === "half_pixel" && attrs.nearest.startsWith("round")))
  );
}

export const contractions = { MatMul: matmul, ...convolutions, Resize: resize, DFT: dft };
