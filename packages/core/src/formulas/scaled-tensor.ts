import { equalShapes, type Tensor } from "@leader/graph";

/** A tensor as base times a scalar factor. */
export interface ScaledTensor {
  readonly base: Tensor;
  readonly factor: Tensor;
}

/**
 * The tensor as base times a scalar factor: its last operation taken apart if that is one, else with factor 1. What is linear in it can then be
 * computed of the base, without a pass over memory for the factor.
 */
export function scaledTensor(x: Tensor): ScaledTensor {
  const one = x.trace.scalar(1, "float32");
  const last = x.trace.since(0).find(({ output }) => output === x);
  const [base, by] = last?.inputs ?? [];
  if (base === undefined || by === undefined || !equalShapes(base.shape, x.shape) || by.rank !== 0) return { base: x, factor: one };
  if (last?.node.op === "Div") return { base, factor: one.div(by) };
  return last?.node.op === "Mul" ? { base, factor: by } : { base: x, factor: one };
}
