import { describe, expect, it } from "vitest";
import { avalsOf } from "../ir/graph.js";
import type { OpName } from "../ir/op-attrs.js";
import { sizeOf } from "../ir/shape.js";
import { verify } from "../ir/verify.js";
import { toReference } from "../ir/reference-value.js";
import { evaluateGraph } from "../reference/interpret.js";
import { vjp } from "../transform/vjp.js";
import { checkGradients } from "./check-grads.js";
import { checksGradient, randomTensor, traceCase, type OpCase } from "./op-cases/op-case.js";

/** Declares the tests of one op: type, values, first and second derivative of each case, all in the float64 interpreter. */
export function describeOp(op: OpName, cases: readonly OpCase[]): void {
  describe(op, () => {
    for (const opCase of cases) {
      it(opCase.name, () => {
        checkValues(op, opCase);
        if (checksGradient(opCase)) checkDerivatives(opCase);
      });
    }
  });
}

function checkValues(op: OpName, opCase: OpCase): void {
  const graph = traceCase(opCase);
  verify(graph);
  expect(graph.nodes.map((node) => node.op)).toContain(op);
  const type = avalsOf(graph)[graph.outputs[0]!]!;
  const [result] = evaluateGraph(graph, opCase.inputs.map(toReference));
  expect(result!.data.length).toBe(sizeOf(type.shape));
  if (opCase.expected === undefined) return;
  expect(type.shape).toEqual(opCase.expected.shape);
  expectClose([...result!.data], opCase.expected.data);
}

function checkDerivatives(opCase: OpCase): void {
  const graph = traceCase(opCase);
  checkGradients(graph, opCase.inputs);
  // The table is closed under vjp, so the gradient is again a function that can be differentiated.
  const gradient = vjp(graph);
  verify(gradient, "vjp");
  const cotangent = gradient.params.slice(graph.params.length).map(({ aval }) => randomTensor(aval.shape, 1));
  checkGradients(gradient, [...opCase.inputs, ...cotangent]);
}

/** Equal to nine digits; reports the first element that is not. */
function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  const wrong = actual.findIndex(
    (value, i) => !Object.is(value, expected[i]) && !(Math.abs(value - expected[i]!) <= 1e-9 * Math.max(1, Math.abs(expected[i]!))),
  );
  if (wrong >= 0) expect.fail(`element ${wrong}: expected ${expected[wrong]}, received ${actual[wrong]} of [${actual.join(", ")}]`);
}
