import { errors } from "../error-codes.js";
import { evaluateGraph } from "../reference/interpret.js";
import type { HostTensor } from "../values.js";
import { isOp, type Graph, type Node } from "../ir/graph.js";
import { printNode } from "../ir/print.js";
import { sizeOf } from "../ir/shape.js";
import { eliminateDeadNodes } from "./dce.js";
import { inlineFunctions } from "./inline.js";
import { carriesDerivative, vjp } from "./vjp.js";

/**
 * The adjoint of a linear graph with one param and one output, as a graph `y -> x`. Deriving it is also the linearity test:
 * a derivative that still depends on x is the derivative of a map that is not linear.
 * @param name what to call the map in `LEADER_OPERATOR_NOT_LINEAR` and `LEADER_OPERATOR_HAS_OFFSET`.
 */
export function transpose(graph: Graph, name = "graph"): Graph {
  if (graph.params.length !== 1 || graph.outputs.length !== 1) {
    const received = `${graph.params.length} params and ${graph.outputs.length} outputs`;
    throw errors.BAD_ARGUMENT({ function: "transpose", expected: "a graph with one param and one output", received });
  }
  const forward = eliminateDeadNodes(inlineFunctions(graph));
  refuseBlockedDerivative(forward, name);
  refuseOffset(forward, name);
  const reverse = vjp(forward);
  const reader = reverse.nodes.find((node) => node.inputs.includes(0));
  if (reader !== undefined) throw errors.OPERATOR_NOT_LINEAR({ operator: name, node: printNode(reader) });
  return dropFirstParam(reverse);
}

/** Rounding and comparing have no derivative, so they would vanish from the transpose without a trace. */
function refuseBlockedDerivative(graph: Graph, name: string): void {
  const dependent = new Set([0]);
  for (const node of graph.nodes) {
    if (!node.inputs.some((id) => dependent.has(id))) continue;
    if (!carriesDerivative(node)) throw errors.OPERATOR_NOT_LINEAR({ operator: name, node: printNode(node) });
    dependent.add(node.id);
  }
}

/** An affine map has the same transpose as its linear part: what tells them apart is the value at zero. */
function refuseOffset(graph: Graph, name: string): void {
  const output = graph.outputs[0]!;
  if (output === 0 || zeroAtOrigin(graph).has(output)) return;
  const { shape, dtype } = graph.params[0]!.aval;
  const [atZero] = evaluateGraph(graph, [{ shape, dtype, data: new Float64Array(sizeOf(shape)) }]);
  const offset = atZero!.data.find((value) => value !== 0);
  if (offset !== undefined)
    throw errors.OPERATOR_HAS_OFFSET({ operator: name, node: printNode(graph.nodes.find((n) => n.id === output)!), offset });
}

/** Values that are zero whenever the param is, as far as the structure tells; sparing an evaluation of the whole graph. */
function zeroAtOrigin(graph: Graph): ReadonlySet<number> {
  const zero = new Set([0]);
  for (const node of graph.nodes) if (isZeroAtOrigin(node, zero)) zero.add(node.id);
  return zero;
}

function isZeroAtOrigin(node: Node, zero: ReadonlySet<number>): boolean {
  const [first] = node.inputs;
  const isZero = (i: number): boolean => zero.has(node.inputs[i]!);
  const all = (): boolean => node.inputs.every((id) => zero.has(id));
  switch (node.op) {
    case "Constant":
      return isOp(node, "Constant") && isAllZero(node.attrs.value);
    case "Add":
    case "Sub":
    case "Concat":
      return all();
    case "Where":
      return isZero(1) && isZero(2);
    case "ScatterAdd":
      return isZero(0) && isZero(2);
    case "Conv":
    case "ConvTranspose":
      return isZero(0) && (node.inputs.length < 3 || isZero(2));
    case "Pad":
      return isZero(0) && isOp(node, "Pad") && (node.attrs.mode !== "constant" || node.attrs.value === 0);
    // A finite factor times zero; factors are constants here, or the map is refused for another reason.
    case "Mul":
    case "MatMul":
      return isZero(0) || isZero(1);
    case "Div":
    case "Neg":
    case "Cast":
    case "Reshape":
    case "Transpose":
    case "Expand":
    case "Slice":
    case "Gather":
    case "ReduceSum":
    case "ReduceMean":
    case "CumSum":
    case "Resize":
    case "DFT":
      return first !== undefined && zero.has(first);
    default:
      return false;
  }
}

const isAllZero = (value: HostTensor): boolean => value.data.every((x) => x === 0);

function dropFirstParam(graph: Graph): Graph {
  if (graph.outputs.includes(0)) throw errors.GRAPH_INVALID({ after: "transpose", problem: "the adjoint returns the primal input" });
  const shift = (id: number): number => id - 1;
  return {
    params: graph.params.slice(1).map((param) => ({ ...param, name: "y", id: shift(param.id) })),
    nodes: graph.nodes.map((node) => ({ ...node, id: shift(node.id), inputs: node.inputs.map(shift) })),
    outputs: graph.outputs.map(shift),
  };
}
