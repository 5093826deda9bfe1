import type { Aval } from "../values.js";
import type { Graph, OpAttrs, OpName } from "./op-attrs.js";
import type { Tensor } from "./tensor.js";

/** A value inside the float64 reference interpreter. */
export interface ReferenceValue extends Aval {
  readonly data: Float64Array | Int32Array | Uint8Array;
}

/** What a reverse-mode rule may use. */
export interface VjpArguments<K extends OpName> {
  /** Cotangent of the output; same type as the output. */
  readonly cotangent: Tensor;
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  readonly attrs: OpAttrs[K];
  /** Which inputs need a cotangent; a rule may skip the others. */
  readonly wanted: readonly boolean[];
  /**
   * Emits a graph and its reverse sweep at `inputs`: how an op that holds a graph differentiates it.
   * @returns one cotangent per input; undefined if it was not wanted or is structurally zero.
   */
  readonly differentiate: (
    body: Graph,
    inputs: readonly Tensor[],
    cotangents: readonly (Tensor | undefined)[],
    wanted: readonly boolean[],
  ) => readonly (Tensor | undefined)[];
}

/** Evaluates a graph that an op holds, one value per output. */
export type EvaluateBody = (body: Graph, inputs: readonly ReferenceValue[]) => readonly ReferenceValue[];

/**
 * Reverse mode of one op: one cotangent per input, `undefined` where none flows.
 * It may read `inputs` and `output` only as far as the derivative depends on them: what a rule reads tells whether the op is linear.
 */
export type VjpRule<K extends OpName> = (args: VjpArguments<K>) => readonly (Tensor | undefined)[];

/** Everything the language knows about one op. The table of all ops is total: a missing rule does not compile. */
export interface OpDef<K extends OpName> {
  /** Type of the output; throws a coded shape error when the operands do not fit. */
  infer(inputs: readonly Aval[], attrs: OpAttrs[K]): Aval;
  /** Reference semantics in float64. `output` is what `infer` returned; `evaluateBody` is for ops that hold a graph. */
  evaluate(inputs: readonly ReferenceValue[], attrs: OpAttrs[K], output: Aval, evaluateBody: EvaluateBody): ReferenceValue["data"];
  /** `"none"`: the output is integer, boolean or piecewise constant, so no derivative flows through it. */
  readonly vjp: VjpRule<K> | "none";
}

export type OpTable = { readonly [K in OpName]: OpDef<K> };
