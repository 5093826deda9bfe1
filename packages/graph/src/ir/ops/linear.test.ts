import { describe, expect, it } from "vitest";
import { opCases } from "../../testing/op-cases/all.js";
import { checksGradient, traceCase, type OpCase } from "../../testing/op-cases/op-case.js";
import { vjp } from "../../transform/vjp.js";
import type { OpName } from "../op-attrs.js";

const linearInEach: readonly OpName[] = ["MatMul", "Conv", "ConvTranspose"];
const linear: readonly OpName[] = [
  ...["Neg", "Add", "Sub", "Where", "ReduceSum", "ReduceMean", "CumSum", "Reshape", "Transpose", "Expand"],
  ...["Slice", "Pad", "Concat", "Gather", "ScatterAdd", "Resize", "DFT"],
] as OpName[];

/** Float inputs whose value the derivative by input `wrt` reads. */
function valuesRead(opCase: OpCase, wrt: number): readonly number[] {
  const graph = vjp(traceCase(opCase), { wrt: [wrt] });
  const read = new Set([...graph.nodes.flatMap((node) => node.inputs), ...graph.outputs]);
  return opCase.inputs.flatMap((x, i) => (x.dtype === "float32" && read.has(i) ? [i] : []));
}

const floats = (opCase: OpCase): readonly number[] => opCase.inputs.flatMap((x, i) => (x.dtype === "float32" ? [i] : []));

// What the transposed graph reads decides whether an operator counts as linear, so a rule must not read more than it needs.
describe("derivatives of linear ops do not read what they differentiate", () => {
  it.each(linear)("%s", (op) => {
    for (const opCase of opCases[op].filter(checksGradient)) for (const wrt of floats(opCase)) expect(valuesRead(opCase, wrt)).toEqual([]);
  });

  it.each(linearInEach)("%s, in each operand", (op) => {
    for (const opCase of opCases[op].filter(checksGradient))
      for (const wrt of floats(opCase)) expect(valuesRead(opCase, wrt)).not.toContain(wrt);
  });
});
