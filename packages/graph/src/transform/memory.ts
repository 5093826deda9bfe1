import { avalsOf, isOp, type Graph, type Node } from "../ir/graph.js";
import type { OpName } from "../ir/op-attrs.js";
import { sizeOf } from "../ir/shape.js";
import type { Aval } from "../values.js";
import { storedElements } from "../stored.js";

/** Bytes that a run of a graph needs, as far as the graph tells. */
export interface GraphMemory {
  /** Constants, each once, with what is computed from them alone. */
  readonly weights: number;
  /**
   * The most that results take at the same time, if every one is freed after its last reader: in the order of the graph, or depth first, as
   * runtimes do that sort it anew; whichever takes more.
   */
  readonly activations: number;
  /** The part of `activations` inside a function that the graph calls, at most: a runtime that shares functions keeps it once for many graphs. */
  readonly shared: number;
  /**
   * The part of `activations` that is there while a function runs, outside of it, at most: runtimes that run a function by itself hand these
   * results from one run to the next.
   */
  readonly passed: number;
  /** The part of `weights` that such functions read. */
  readonly sharedWeights: number;
}

/** Operations that runtimes write over an operand that nothing else reads. */
const inPlace: ReadonlySet<OpName> = new Set<OpName>([
  ...(["Reshape", "Add", "Sub", "Mul", "Div", "Max", "Min", "Neg", "Abs", "Exp", "Log", "Sqrt", "Sin", "Cos"] as const),
  ...(["Tanh", "Sigmoid", "Erf", "Softmax"] as const),
]);

/** Of a picture and of its blur, and the one that the exchange of axes works on. */
const copiesInBlocks = 3;

const bytesOf = ({ shape }: Aval): number => 4 * sizeOf(shape);

/** What a run of a graph and of the functions that it calls needs. */
export function memoryOf(graph: Graph): GraphMemory {
  const [outside, inside] = [new Map<unknown, number>(), new Map<unknown, number>()];
  const run = new Run(graph, outside, inside);
  const { most: activations, passed } = run.peak();
  const weights = sum(new Map([...outside, ...inside]));
  return { weights, activations, shared: run.shared(), passed, sharedWeights: sum(inside) };
}

const sum = (bytes: ReadonlyMap<unknown, number>): number => [...bytes.values()].reduce((total, each) => total + each, 0);

const keyOf = (node: Node): unknown => (isOp(node, "Constant") ? (storedElements(node.attrs.value)?.key ?? node.attrs.value.data) : node);

/** What one order of a graph takes: the most at the same time, and the most of it beside a function that runs. */
interface Peak {
  readonly most: number;
  readonly passed: number;
}

/** One pass over a graph in its order, with what is live. */
class Run {
  readonly #avals: readonly Aval[];
  /** Values that are known before the run, each with what tells its memory from others'. */
  readonly #known = new Map<number, unknown>();
  /** By body: the most that a call of it needs. */
  readonly #bodies = new Map<Graph, number>();

  constructor(
    readonly graph: Graph,
    readonly weights: Map<unknown, number>,
    readonly weightsInside: Map<unknown, number>,
  ) {
    this.#avals = avalsOf(graph);
  }

  peak(): Peak {
    const computed = this.graph.nodes.filter((node) => !this.#isKnown(node));
    const [asWritten, sorted] = [this.#peakIn(computed), this.#peakIn(depthFirst(computed))];
    return sorted.most > asWritten.most ? sorted : asWritten;
  }

  shared(): number {
    return Math.max(0, ...this.#bodies.values());
  }

  #peakIn(order: readonly Node[]): Peak {
    const lastReader = new Map<number, Node | undefined>();
    for (const node of order) for (const id of node.inputs) lastReader.set(id, node);
    for (const id of this.graph.outputs) lastReader.set(id, undefined);
    let [live, most, passed] = [0, 0, 0];
    for (const node of order) {
      const freed = this.#freedBy(node, lastReader);
      const bytes = bytesOf(node.aval);
      const written = inPlace.has(node.op) && freed.includes(bytes) ? 0 : bytes;
      most = Math.max(most, live + written + this.#inside(node) + this.#between(node));
      if (isOp(node, "Function")) passed = Math.max(passed, live + bytes);
      live += bytes - freed.reduce((sum, n) => sum + n, 0);
    }
    return { most, passed };
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

  #freedBy(node: Node, lastReader: ReadonlyMap<number, Node | undefined>): readonly number[] {
    const last = [...new Set(node.inputs)].filter((id) => lastReader.get(id) === node && !this.#known.has(id));
    // Params belong to whoever runs the graph.
    return last.filter((id) => id >= this.graph.params.length).map((id) => bytesOf(this.#avals[id]!));
  }

  /** Convolutions of single planes, as of blurs: runtimes that are fast at them compute between copies in blocks of pixels. */
  #between(node: Node): number {
    const of = isOp(node, "Conv") ? this.#avals[node.inputs[0]!]! : undefined;
    return of?.shape[1] === 1 ? copiesInBlocks * bytesOf(of) : 0;
  }

  #inside(node: Node): number {
    if (!isOp(node, "Function")) return 0;
    const { body } = node.attrs;
    const known = this.#bodies.get(body) ?? new Run(body, this.weightsInside, this.weightsInside).peak().most;
    this.#bodies.set(body, known);
    return known;
  }
}

/**
 * Nodes in the order of onnxruntime: from the results back, of the operands of a node first what leads to the last of them in the graph. A
 * sum that grows over many steps is so computed after all of them, unless each sum stands behind the next summand.
 */
function depthFirst(nodes: readonly Node[]): readonly Node[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  const order = new Set<Node>();
  const entered = new Set<Node>();
  const stack = nodes.filter(({ id }) => !read.has(id));
  for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
    if (entered.has(node)) {
      order.add(node);
      stack.pop();
      continue;
    }
    entered.add(node);
    const operands = [...new Set(node.inputs)].sort((a, b) => a - b).flatMap((id) => byId.get(id) ?? []);
    stack.push(...operands.filter((operand) => !entered.has(operand)));
  }
  return [...order];
}
