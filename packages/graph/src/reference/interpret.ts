import { errors } from "../error-codes.js";
import type { Aval, HostTensor } from "../values.js";
import { formatAval } from "../ir/format.js";
import type { Graph, Node } from "../ir/graph.js";
import type { ReferenceValue } from "../ir/op-def.js";
import { definitionOf } from "../ir/ops/index.js";
import { equalShapes, sizeOf } from "../ir/shape.js";
import { toHost, toReference } from "../ir/reference-value.js";

/** What may be watched while a graph is interpreted. */
export interface InterpretOptions {
  /** Called with every value as soon as it is computed, also inside the bodies of `Function` nodes. */
  readonly onNode?: (node: Node, value: ReferenceValue, operands: readonly ReferenceValue[]) => void;
}

/**
 * Runs a graph in float64: the meaning of the graph language, and the oracle for every backend.
 * @param inputs one value per param, in order. A value is dropped as soon as nothing reads it any more.
 */
export function evaluateGraph(graph: Graph, inputs: readonly ReferenceValue[], options: InterpretOptions = {}): readonly ReferenceValue[] {
  checkInputs(graph, inputs);
  const values: (ReferenceValue | undefined)[] = [...inputs];
  const last = lastReaders(graph);
  for (const node of graph.nodes) {
    const operands = node.inputs.map((id) => values[id]!);
    const value = evaluateNode(node, operands, options);
    options.onNode?.(node, value, operands);
    values[node.id] = value;
    for (const id of node.inputs) if (last[id] === node.id) values[id] = undefined;
  }
  return graph.outputs.map((id) => values[id]!);
}

/** Runs a graph on host arrays: float64 inside, rounded to float32 at the end. */
export function interpret(graph: Graph, inputs: readonly HostTensor[], options: InterpretOptions = {}): readonly HostTensor[] {
  return evaluateGraph(graph, inputs.map(toReference), options).map(toHost);
}

/** Evaluates one node on concrete inputs. */
export function evaluateNode(node: Node, inputs: readonly ReferenceValue[], options: InterpretOptions = {}): ReferenceValue {
  const { shape, dtype } = node.aval;
  const evaluateBody = (body: Graph, operands: readonly ReferenceValue[]): readonly ReferenceValue[] =>
    evaluateGraph(body, operands, options);
  return { shape, dtype, data: definitionOf(node.op).evaluate(inputs, node.attrs, node.aval, evaluateBody) };
}

const known = new WeakMap<Graph, readonly number[]>();

/** By value id: the node that reads it last; Infinity for outputs. Kept, since graphs do not change and run once a step. */
function lastReaders(graph: Graph): readonly number[] {
  const before = known.get(graph);
  if (before !== undefined) return before;
  const last: number[] = [];
  for (const node of graph.nodes) for (const id of node.inputs) last[id] = node.id;
  for (const id of graph.outputs) last[id] = Infinity;
  known.set(graph, last);
  return last;
}

function checkInputs(graph: Graph, inputs: readonly ReferenceValue[]): void {
  if (inputs.length !== graph.params.length) {
    throw mismatch(`${graph.params.length} inputs`, `${inputs.length}`);
  }
  graph.params.forEach(({ name, aval }, i) => {
    const value = inputs[i]!;
    if (!sameType(value, aval)) throw mismatch(`\`${name}\` of type ${formatAval(aval)}`, formatAval(value));
    if (value.data.length !== sizeOf(aval.shape)) throw mismatch(`\`${name}\` with ${sizeOf(aval.shape)} elements`, `${value.data.length}`);
  });
}

const sameType = (a: Aval, b: Aval): boolean => a.dtype === b.dtype && equalShapes(a.shape, b.shape);

const mismatch = (expected: string, received: string): Error => errors.BAD_ARGUMENT({ function: "evaluateGraph", expected, received });
