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

/** The nodes that the wanted names depend on, in the order of the file, and every name they read. */
export function neededNodes(
  nodes: readonly NodeProto[],
  wanted: readonly string[],
): { readonly nodes: readonly NodeProto[]; readonly names: ReadonlySet<string> } {
  const names = new Set(wanted);
  const kept = [...nodes].reverse().filter((node) => {
    if (!node.output.some((name) => name !== "" && names.has(name))) return false;
    for (const name of namesRead(node)) names.add(name);
    return true;
  });
  return { nodes: kept.reverse(), names };
}
