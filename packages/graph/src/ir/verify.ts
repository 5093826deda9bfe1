import { errors } from "../error-codes.js";
import type { Aval } from "../values.js";
import { formatAval } from "./format.js";
import { avalsOf, isOp, type Graph, type Node } from "./graph.js";
import { definitionOf } from "./ops/index.js";
import { printNode } from "./print.js";

/**
 * Checks the invariants that every pass relies on: ids in order, values defined before use, recorded types equal to inferred ones.
 * @param after the pass to blame in the error, `LEADER_GRAPH_INVALID`.
 */
export function verify(graph: Graph, after = "trace"): void {
  const fail = (problem: string): never => {
    throw errors.GRAPH_INVALID({ after, problem });
  };
  const params = graph.params.length;
  graph.params.forEach((param, i) => {
    if (param.id !== i) fail(`param \`${param.name}\` has id %${param.id}, expected %${i}`);
  });
  const avals = avalsOf(graph);
  graph.nodes.forEach((node, i) => {
    if (node.id !== params + i) fail(`node ${i} has id %${node.id}, expected %${params + i}`);
    const problem = problemOf(node, avals, after);
    if (problem !== undefined) fail(`${printNode(node)}: ${problem}`);
  });
  for (const id of graph.outputs) {
    if (!isDefined(id, avals.length)) fail(`output %${id} is not defined`);
  }
}

function problemOf(node: Node, avals: readonly Aval[], after: string): string | undefined {
  const early = node.inputs.find((id) => !isDefined(id, node.id));
  if (early !== undefined) return `operand %${early} is not defined before it is used`;
  if (isOp(node, "Function")) verify(node.attrs.body, after);
  const inferred = infer(
    node,
    node.inputs.map((id) => avals[id]!),
  );
  if (inferred instanceof Error) return inferred.message;
  const expected = formatAval(inferred);
  const recorded = formatAval(node.aval);
  return expected === recorded ? undefined : `expected type ${expected}, recorded ${recorded}`;
}

function infer(node: Node, inputs: readonly Aval[]): Aval | Error {
  try {
    return definitionOf(node.op).infer(inputs, node.attrs);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

const isDefined = (id: number, count: number): boolean => Number.isInteger(id) && id >= 0 && id < count;
