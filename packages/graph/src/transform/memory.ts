import { avalsOf, isOp, type Graph, type Node } from "../ir/graph.js";
import type { OpName } from "../ir/op-attrs.js";
import { sizeOf } from "../ir/shape.js";
import type { Aval } from "../values.js";
import { storedElements } from "../stored.js";

/** Bytes that a run of a graph needs, as far as the graph tells. */
export interface GraphMemory {
  /** Constants, each once, with what is computed from them alone. */
  readonly weights: number;
  /** The most that results take at the same time, if every one is freed after its last reader. */
  readonly activations: number;
}

/** Operations that runtimes write over an operand that nothing else reads. */
const inPlace: ReadonlySet<OpName> = new Set<OpName>([
  ...(["Reshape", "Add", "Sub", "Mul", "Div", "Max", "Min", "Neg", "Abs", "Exp", "Log", "Sqrt", "Sin", "Cos"] as const),
  ...(["Tanh", "Sigmoid", "Erf", "Softmax"] as const),
]);

const bytesOf = ({ shape }: Aval): number => 4 * sizeOf(shape);

/** What a run of a graph and of the functions that it calls needs. */
export function memoryOf(graph: Graph): GraphMemory {
  const weights = new Map<unknown, number>();
  const activations = new Run(graph, weights).peak();
  return { weights: [...weights.values()].reduce((sum, bytes) => sum + bytes, 0), activations };
}

const keyOf = (node: Node): unknown => (isOp(node, "Constant") ? (storedElements(node.attrs.value)?.key ?? node.attrs.value.data) : node);

/** One pass over a graph in its order, with what is live. */
class Run {
  readonly #avals: readonly Aval[];
  /** Values that are known before the run, each with what tells its memory from others'. */
  readonly #known = new Map<number, unknown>();
  readonly #lastReader = new Map<number, number>();
  /** By body: the most that a call of it needs. */
  readonly #bodies = new Map<Graph, number>();

  constructor(
    readonly graph: Graph,
    readonly weights: Map<unknown, number>,
  ) {
    this.#avals = avalsOf(graph);
    for (const node of graph.nodes) for (const id of node.inputs) this.#lastReader.set(id, node.id);
    for (const id of graph.outputs) this.#lastReader.set(id, Infinity);
  }

  peak(): number {
    let [live, most] = [0, 0];
    for (const node of this.graph.nodes) {
      if (this.#isKnown(node)) continue;
      const freed = this.#freedBy(node);
      const bytes = bytesOf(node.aval);
      const written = inPlace.has(node.op) && freed.includes(bytes) ? 0 : bytes;
      most = Math.max(most, live + written + this.#inside(node));
      live += bytes - freed.reduce((sum, n) => sum + n, 0);
    }
    return most;
  }

  /** Constants, and what depends on them alone: runtimes compute that once, and keep what the rest of the graph reads. */
  #isKnown(node: Node): boolean {
    const constant = node.inputs.length === 0 && isOp(node, "Constant");
    const computed = node.inputs.length > 0 && !isOp(node, "Function") && node.inputs.every((id) => this.#known.has(id));
    if (constant || computed)
      this.#known.set(node.id, constant ? keyOf(node) : node.op === "Reshape" ? this.#known.get(node.inputs[0]!) : node);
    else for (const id of node.inputs) if (this.#known.has(id)) this.weights.set(this.#known.get(id), bytesOf(this.#avals[id]!));
    return constant || computed;
  }

  #freedBy(node: Node): readonly number[] {
    const last = [...new Set(node.inputs)].filter((id) => this.#lastReader.get(id) === node.id && !this.#known.has(id));
    // Params belong to whoever runs the graph.
    return last.filter((id) => id >= this.graph.params.length).map((id) => bytesOf(this.#avals[id]!));
  }

  #inside(node: Node): number {
    if (!isOp(node, "Function")) return 0;
    const { body } = node.attrs;
    const known = this.#bodies.get(body) ?? new Run(body, this.weights).peak();
    this.#bodies.set(body, known);
    return known;
  }
}
