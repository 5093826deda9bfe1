import { trace, type LinearOperator, type Tensor } from "@leader/core";
import { interpret } from "@leader/graph/reference";

/** Applies a member of an operator to numbers. */
export function compute(operator: LinearOperator, member: "apply" | "adjoint" | "pinv", values: ArrayLike<number>): readonly number[] {
  const aval = member === "apply" ? operator.domain : operator.range;
  const graph = trace((x): Tensor => operator[member]!(x), [aval]);
  return [...interpret(graph, [{ ...aval, data: Float32Array.from(values) }])[0]!.data];
}
