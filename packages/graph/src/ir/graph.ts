import type { Aval } from "../values.js";
import type { OpAttrs, OpName } from "./op-attrs.js";

/** An input of a graph. Names identify inputs to the host: `x`, `from.sigma`, `noise:z`. */
export interface Param {
  readonly id: number;
  readonly name: string;
  readonly aval: Aval;
}

/** One operation: reads the values of `inputs` (ids of params or earlier nodes) and defines the value `id`. */
export interface Node<K extends OpName = OpName> {
  readonly id: number;
  readonly op: K;
  readonly inputs: readonly number[];
  readonly attrs: OpAttrs[K];
  readonly aval: Aval;
  /** Which stage emitted it, such as `baseline/ddnm`, for messages. */
  readonly scope: string;
}

/** An immutable straight-line program. Params have ids 0..p-1, nodes follow in order of definition. */
export interface Graph {
  readonly params: readonly Param[];
  readonly nodes: readonly Node[];
  readonly outputs: readonly number[];
}

/** The type of every value of a graph, by id. */
export function avalsOf(graph: Graph): readonly Aval[] {
  return [...graph.params.map((p) => p.aval), ...graph.nodes.map((n) => n.aval)];
}

/** True if the node is an instance of the given op; narrows its attributes. */
export function isOp<K extends OpName>(node: Node, op: K): node is Node<K> {
  return node.op === op;
}

/** Denoiser evaluations (for one image) that one run of the graph makes: counted, never declared. */
export function countEvaluations(graph: Graph): number {
  return graph.nodes.reduce(
    (sum, node) => sum + (isOp(node, "Function") ? node.attrs.evaluations + countEvaluations(node.attrs.body) : 0),
    0,
  );
}
