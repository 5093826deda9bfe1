import type { Aval } from "../values.js";
import { sizeOf } from "../ir/shape.js";
import type { Tensor } from "../ir/tensor.js";
import { trace } from "../ir/trace.js";
import { normals } from "../random/philox.js";
import { evaluateGraph } from "../reference/interpret.js";

/** Traces a function of float tensors once and returns it as a function of float64 arrays. */
export function evaluator(f: (...xs: Tensor[]) => Tensor, avals: readonly Aval[]): (...inputs: readonly Float64Array[]) => Float64Array {
  const graph = trace(f, avals);
  return (...inputs) => {
    const [result] = evaluateGraph(
      graph,
      inputs.map((data, i) => ({ shape: avals[i]!.shape, dtype: avals[i]!.dtype, data })),
    );
    return Float64Array.from(result!.data);
  };
}

/** Unit normal numbers, the same for the same seed and name. */
export const normalArray = (like: Aval, seed: number, name: string): Float64Array =>
  Float64Array.from(normals({ seed, image: 0, step: 0, name }, sizeOf(like.shape)));

export const innerProduct = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

export const norm = (a: Float64Array): number => Math.sqrt(innerProduct(a, a));

/** factorA a + factorB b. */
export const combination = (factorA: number, a: Float64Array, factorB: number, b: Float64Array): Float64Array =>
  a.map((value, i) => factorA * value + factorB * b[i]!);

/** The sum of any number of arrays, each times its factor. */
export const weightedSum = (...terms: readonly (readonly [number, Float64Array])[]): Float64Array =>
  terms[0]![1].map((_, i) => terms.reduce((total, [factor, values]) => total + factor * values[i]!, 0));

/** |a - b| relative to |b|, or absolute where b is smaller than `floor`. */
export const relativeError = (a: Float64Array, b: Float64Array, floor = Number.MIN_VALUE): number =>
  norm(combination(1, a, -1, b)) / Math.max(norm(b), floor);
