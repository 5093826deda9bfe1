import { isOp, type Graph, type Node } from "../ir/graph.js";
import { hashAttributes, hashConstant } from "../ir/hash.js";
import { storedElements } from "../stored.js";
import type { HostTensor } from "../values.js";
import { formatAval } from "../ir/format.js";
import { renumber } from "../ir/renumber.js";

/**
 * Merges nodes that compute the same value. A call whose body has also been computed inline on the same operands (as a
 * derivative leaves it) is replaced by that computation: a gradient then costs one forward pass, not two.
 */
export function eliminateCommonSubexpressions(graph: Graph): Graph {
  const numbers = new ValueNumbers(graph);
  for (const node of graph.nodes) numbers.add(node);
  for (const node of graph.nodes) {
    if (isOp(node, "Function")) numbers.mergeCall(node);
  }
  const nodes = graph.nodes.filter((node) => numbers.of(node.id) === node.id);
  if (nodes.length === graph.nodes.length) return graph;
  const merged = nodes.map((node) => ({ ...node, inputs: node.inputs.map((id) => numbers.of(id)) }));
  return renumber(graph.params, inOrder(graph.params.length, merged), graph.outputs, (id) => numbers.of(id));
}

/**
 * What of a later graph an earlier one computes as well: ids of its values, with those of the values of the earlier graph that are equal. Calls are
 * left out, since they are counted.
 * @param given params of the later graph that are known to be values of the earlier one.
 */
export function valuesInCommon(earlier: Graph, later: Graph, given: ReadonlyMap<number, number>): ReadonlyMap<number, number> {
  const numbers = new ValueNumbers(earlier);
  for (const node of earlier.nodes) numbers.add(node);
  const common = new Map([...given].map(([id, own]) => [id, numbers.of(own)] as const));
  for (const node of later.nodes) {
    const operands = node.inputs.map((id) => common.get(id)).filter((id) => id !== undefined);
    const known = isOp(node, "Function") || operands.length < node.inputs.length ? undefined : numbers.find(node, operands);
    if (known !== undefined) common.set(node.id, known);
  }
  return common;
}

/** Gives equal values the same number: the id of the first node that computes them. */
class ValueNumbers {
  readonly #numbers: number[];
  readonly #known = new Map<string, number>();

  constructor(graph: Graph) {
    this.#numbers = graph.params.map((p) => p.id);
  }

  of(id: number): number {
    return this.#numbers[id]!;
  }

  add(node: Node): void {
    const key = keyOf(
      node,
      node.inputs.map((id) => this.of(id)),
    );
    const known = this.#known.get(key);
    if (known === undefined) this.#known.set(key, node.id);
    this.#numbers[node.id] = known ?? node.id;
  }

  /** The number of what a node of another graph computes, of values with these numbers. */
  find(node: Node, operands: readonly number[]): number | undefined {
    return this.#known.get(keyOf(node, operands));
  }

  mergeCall(node: Node<"Function">): void {
    if (this.of(node.id) !== node.id) return;
    const inline = this.#find(
      node.attrs.body,
      node.inputs.map((id) => this.of(id)),
    )[0];
    if (inline === undefined) return;
    this.#numbers.forEach((number, id) => {
      if (number === node.id) this.#numbers[id] = inline;
    });
  }

  /** Numbers of a body's outputs if every node that they need has been computed on the given operands. */
  #find(body: Graph, inputs: readonly number[]): readonly (number | undefined)[] {
    const numbers: (number | undefined)[] = [...inputs];
    for (const node of body.nodes) {
      const operands = node.inputs.map((id) => numbers[id]);
      const known = operands.filter((id) => id !== undefined);
      if (known.length < operands.length) continue;
      numbers[node.id] = isOp(node, "Function") ? this.#find(node.attrs.body, known)[0] : this.#known.get(keyOf(node, known));
    }
    return body.outputs.map((id) => numbers[id]);
  }
}

const keyOf = (node: Node, inputs: readonly number[]): string =>
  `${node.op}(${inputs.join(",")}) ${isOp(node, "Constant") ? constantKey(node.attrs.value) : hashAttributes(node)}`;

/** Weights are told apart by identity: reading hundreds of megabytes to find two equal tensors does not pay. */
const longestCompared = 65_536;
const identities = new WeakMap<HostTensor["data"], number>();
let nextIdentity = 0;

function constantKey(value: HostTensor): string {
  const elements = storedElements(value);
  if (elements !== undefined) return `${formatAval(value)} ${elements.key}`;
  if (value.data.length <= longestCompared) return hashConstant(value);
  let identity = identities.get(value.data);
  if (identity === undefined) identities.set(value.data, (identity = nextIdentity++));
  return `${formatAval(value)} #${identity}`;
}

/** Nodes in an order of definition: a merged call may now read what used to stand behind it. */
function inOrder(params: number, nodes: readonly Node[]): readonly Node[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const placed = new Set<number>();
  const ordered: Node[] = [];
  const stack: Node[] = nodes.toReversed();
  while (stack.length > 0) {
    const node = stack.at(-1)!;
    const missing = node.inputs.filter((id) => id >= params && !placed.has(id));
    if (placed.has(node.id) || missing.length === 0) {
      stack.pop();
      if (!placed.has(node.id)) ordered.push(node);
      placed.add(node.id);
    } else {
      for (const id of missing) stack.push(byId.get(id)!);
    }
  }
  return ordered;
}
