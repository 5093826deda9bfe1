import type { HostTensor } from "../../values.js";
import { avalsOf, type Graph } from "../../ir/graph.js";
import type { OpName } from "../../ir/op-attrs.js";
import type { Tensor } from "../../ir/tensor.js";
import { trace } from "../../ir/trace.js";
import { normalArray } from "../evaluate.js";

/** One way to use an op: small concrete inputs and a function of them, bound to no backend. */
export interface OpCase {
  readonly name: string;
  readonly inputs: readonly HostTensor[];
  readonly build: (...xs: Tensor[]) => Tensor;
  /** Shape and elements of the result, known from the op's definition. */
  readonly expected?: { readonly shape: readonly number[]; readonly data: readonly number[] };
  /**
   * `"unchecked"`: the function has a kink or jump at these inputs, where differences mean nothing. Otherwise reverse mode is
   * compared with differences wherever float32 inputs lead to a float32 result.
   */
  readonly gradient?: "unchecked";
}

/** Cases by op; total, so a new op needs a case to compile. */
export type OpCaseTable = { readonly [K in OpName]: readonly OpCase[] };

/** The graph of a case, with its inputs as params. */
export const traceCase = ({ build, inputs }: OpCase): Graph => trace((...xs) => build(...xs), inputs);

/** True if the case compares a derivative. */
export function checksGradient(opCase: OpCase): boolean {
  const graph = traceCase(opCase);
  return (
    opCase.gradient !== "unchecked" &&
    opCase.inputs.some((x) => x.dtype === "float32") &&
    avalsOf(graph)[graph.outputs[0]!]!.dtype === "float32"
  );
}

export const float32 = (shape: readonly number[], data: readonly number[]): HostTensor => ({
  shape,
  dtype: "float32",
  data: Float32Array.from(data),
});
export const int32 = (shape: readonly number[], data: readonly number[]): HostTensor => ({
  shape,
  dtype: "int32",
  data: Int32Array.from(data),
});
export const bool = (shape: readonly number[], data: readonly number[]): HostTensor => ({
  shape,
  dtype: "bool",
  data: Uint8Array.from(data),
});

/** Unit normal numbers, the same for the same shape and seed. */
export function randomTensor(shape: readonly number[], seed = 0): HostTensor {
  const aval = { shape, dtype: "float32" } as const;
  return { ...aval, data: Float32Array.from(normalArray(aval, seed, "op-case")) };
}

/** Numbers of at least 0.5, where logarithms, roots and quotients are tame. */
export function randomPositive(shape: readonly number[], seed = 0): HostTensor {
  const { data } = randomTensor(shape, seed);
  return float32(
    shape,
    Array.from(data, (v) => Math.abs(v) + 0.5),
  );
}
