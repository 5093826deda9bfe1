import type { Aval, HostTensor, OpAttrs, OpName } from "@leader/graph";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { DeviceTraits, TfTensor, Tfjs } from "../tfjs.js";

/** Ops that are computed by a kernel: constants are uploaded when a graph is compiled, functions are compiled apart. */
export type ComputedOp = Exclude<OpName, "Constant" | "Function">;

/**
 * Attributes in terms of the axes in memory. `Standardize` names all its axes, since those of the graph language need not be
 * the last ones in memory.
 */
export type PhysicalAttrs = {
  readonly [K in ComputedOp]: K extends "Standardize" ? { readonly axes: readonly number[]; readonly epsilon: number } : OpAttrs[K];
};

/** One node on its way to TensorFlow.js; shapes are those in memory. */
export interface Call<K extends ComputedOp> {
  readonly attrs: PhysicalAttrs[K];
  readonly types: readonly Aval[];
  readonly output: Aval;
}

/** Computes a node. What it makes besides its result is disposed by the caller; it may return an operand. */
export type Kernel = (operands: readonly TfTensor[]) => TfTensor;

/** What lowerings use when a graph is compiled. */
export interface LoweringContext {
  readonly tf: Tfjs;
  readonly traits: DeviceTraits;
  /** A tensor that lives as long as the compiled graph. */
  constant(value: HostTensor): TfTensor;
  /** For a constant that is better made anew for each run than kept: what makes it. */
  weight?(value: HostTensor): (() => TfTensor) | undefined;
}

/** Prepares the kernel of one node; convolutions get their images with the channels last. */
export type Lowering<K extends ComputedOp> = (context: LoweringContext, call: Call<K>) => Kernel;

/** TensorFlow.js takes lists that it could change, and does not. */
export const mutable = (list: readonly number[]): number[] => [...list];
const isImages = (x: TfTensor): x is Tensor4D => x.rank === 4;

/** A tensor of four axes, where TensorFlow.js wants to know that statically. */
export function fourAxes(x: TfTensor): Tensor4D {
  if (isImages(x)) return x;
  throw new TypeError(`expected four axes, received [${x.shape.join(",")}]`);
}

/** A shape whose rank TensorFlow.js wants to know statically. */
export const shape4 = (list: readonly number[]): [number, number, number, number] => [list[0]!, list[1]!, list[2]!, list[3]!];

export const float32 = (shape: readonly number[], data: Float32Array): HostTensor => ({ shape, dtype: "float32", data });
export const int32 = (shape: readonly number[], data: ArrayLike<number>): HostTensor => ({
  shape,
  dtype: "int32",
  data: Int32Array.from(data),
});
