import type { NodeProto } from "onnx-buf";
import type { Value } from "./node-context.js";

/** Values by name; graphs inside attributes see those of the graph around them. */
export class Scope {
  readonly #values = new Map<string, Value>();

  constructor(readonly outer?: Scope) {}

  get(name: string): Value | undefined {
    return this.#values.get(name) ?? this.outer?.get(name);
  }

  /** False if this graph already has a value of the name. */
  define(name: string, value: Value): boolean {
    if (this.#values.has(name)) return false;
    this.#values.set(name, value);
    return true;
  }
}

/** Names that a node reads, also from inside the graphs of its attributes. */
function namesRead(node: NodeProto, depth = 0): readonly string[] {
  const graphs = depth > MAX_DEPTH ? [] : node.attribute.flatMap(({ g, graphs: many }) => (g === undefined ? many : [g, ...many]));
  const captured = graphs.flatMap((graph) => [
    ...graph.output.map((o) => o.name),
    ...graph.node.flatMap((inner) => namesRead(inner, depth + 1)),
  ]);
  return [...node.input, ...captured];
}

/** Graphs within graphs and functions within functions deeper than this are refused. */
export const MAX_DEPTH = 32;

/** The nodes that the wanted names depend on, each behind those it reads, and every name they read. */
export function neededNodes(
  nodes: readonly NodeProto[],
  wanted: readonly string[],
): { readonly nodes: readonly NodeProto[]; readonly names: ReadonlySet<string> } {
  const makers = new Map<string, NodeProto[]>();
  for (const node of nodes) for (const name of node.output) if (name !== "") listed(makers, name).push(node);
  const names = new Set(wanted);
  const needed = new Set<NodeProto>();
  // A set also visits what is added on the way.
  for (const name of names) {
    for (const node of makers.get(name) ?? []) {
      if (needed.has(node)) continue;
      needed.add(node);
      for (const read of namesRead(node)) names.add(read);
    }
  }
  return { nodes: inOrder(nodes.filter((node) => needed.has(node))), names };
}

function listed<K>(lists: Map<K, NodeProto[]>, key: K): NodeProto[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}

/** Nodes in an order in which they can be read. Most files have one; the standard demands it, but runtimes sort. Cycles stay at the end. */
function inOrder(nodes: readonly NodeProto[]): readonly NodeProto[] {
  const makers = new Map(nodes.flatMap((node) => node.output.filter((name) => name !== "").map((name) => [name, node] as const)));
  if (isSorted(nodes, makers)) return nodes;
  const waiting = new Map<NodeProto, number>();
  const readers = new Map<NodeProto, NodeProto[]>();
  for (const node of nodes) {
    const before = new Set(namesRead(node).flatMap((name) => makers.get(name) ?? []));
    waiting.set(node, before.size);
    for (const maker of before) listed(readers, maker).push(node);
  }
  const order = new Set(nodes.filter((node) => waiting.get(node) === 0));
  for (const node of order) {
    for (const reader of readers.get(node) ?? []) {
      waiting.set(reader, waiting.get(reader)! - 1);
      if (waiting.get(reader) === 0) order.add(reader);
    }
  }
  return [...order, ...nodes.filter((node) => !order.has(node))];
}

function isSorted(nodes: readonly NodeProto[], makers: ReadonlyMap<string, NodeProto>): boolean {
  const seen = new Set<NodeProto>();
  return nodes.every((node) => {
    const ready = namesRead(node).every((name) => {
      const maker = makers.get(name);
      return maker === undefined || seen.has(maker);
    });
    seen.add(node);
    return ready;
  });
}
