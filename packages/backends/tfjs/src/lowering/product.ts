import type { TfTensor } from "../tfjs.js";
import type { LoweringContext } from "./lowering.js";

/** Batches up to this many matrices are multiplied one by one where the batched kernel is slow. */
const largestUnrolled = 64;

/** The product of [b,m,k] and [b,k,n]; an operand may have a batch of 1. */
export function product({ tf, traits }: LoweringContext, x: TfTensor, y: TfTensor): TfTensor {
  const batch = Math.max(x.shape[0], y.shape[0]);
  if (traits.batchedProducts || batch === 1 || batch > largestUnrolled) return tf.matMul(x, y);
  const [xs, ys] = [tf.unstack(x, 0), tf.unstack(y, 0)];
  return tf.stack(
    Array.from({ length: batch }, (_, i) => tf.matMul(xs[xs.length === 1 ? 0 : i]!, ys[ys.length === 1 ? 0 : i]!)),
    0,
  );
}
