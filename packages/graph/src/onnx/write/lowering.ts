import type { Aval, HostTensor } from "../../values.js";
import type { OpAttrs, OpName } from "../../ir/op-attrs.js";
import type { GraphWriter } from "./graph-writer.js";

/** One node of the graph language on its way to ONNX. */
export interface Call<K extends OpName> {
  /** Names of the operands in the ONNX graph. */
  readonly inputs: readonly string[];
  readonly types: readonly Aval[];
  /** Values of the operands that are constants. */
  readonly constants: readonly (HostTensor | undefined)[];
  readonly attrs: OpAttrs[K];
  readonly output: Aval;
}

/** Writes ONNX nodes for one op and returns the name of the result, which is an operand's where the op changes nothing. */
export type Lowering<K extends OpName> = (writer: GraphWriter, call: Call<K>) => string;

/** An op that ONNX has under the same name, with the same operands and without attributes. */
export const same =
  <K extends OpName>(opType: K): Lowering<K> =>
  (writer, { inputs }) =>
    writer.node(opType, inputs);

/** The operand at a position that `infer` has already checked. */
export const operand = (call: { readonly inputs: readonly string[] }, position = 0): string => call.inputs[position]!;

/** `x` reshaped, or itself where the shape is the same. */
export function reshaped(writer: GraphWriter, x: string, from: readonly number[], to: readonly number[]): string {
  if (from.length === to.length && from.every((n, i) => n === to[i])) return x;
  // Without allowzero ONNX reads a 0 as "copy this size from the input".
  return writer.node("Reshape", [x, writer.ints(to)], to.includes(0) ? { allowzero: { int: 1 } } : {});
}
