import type { HostTensor } from "../values.js";
import { formatAval } from "./format.js";
import { isOp, type Graph, type Node } from "./graph.js";
import { hashConstant, hashGraph } from "./hash.js";
import { sizeOf } from "./shape.js";

/** Constants with more elements than this are printed by shape and digest. */
const longestConstant = 8;

/**
 * The graph as text, one line per node, for people and for snapshot tests. Bodies of `Function` nodes follow as named blocks,
 * each once.
 */
export function printGraph(graph: Graph): string {
  const bodies = new Map<string, string>();
  const main = printBlock("graph", graph, bodies);
  return [main, ...bodies.values()].join("\n\n");
}

/** One node as it appears in the printed graph. */
export function printNode(node: Node): string {
  const operands = node.inputs.map((id) => `%${id}`).join(", ");
  const attributes = printAttributes(node);
  const scope = node.scope === "" ? "" : `  # ${node.scope}`;
  return `%${node.id}:${formatAval(node.aval)} = ${node.op}(${operands})${attributes === "" ? "" : ` ${attributes}`}${scope}`;
}

function printBlock(title: string, graph: Graph, bodies: Map<string, string>): string {
  const params = graph.params.map((p) => `%${p.id}:${formatAval(p.aval)} ${JSON.stringify(p.name)}`).join(", ");
  const lines = graph.nodes.map((node) => {
    if (isOp(node, "Function")) collectBody(node, bodies);
    return `  ${printNode(node)}`;
  });
  const outputs = graph.outputs.map((id) => `%${id}`).join(", ");
  return [`${title}(${params}) {`, ...lines, `  return ${outputs}`, "}"].join("\n");
}

function collectBody(node: Node<"Function">, bodies: Map<string, string>): void {
  const title = functionTitle(node);
  if (bodies.has(title)) return;
  bodies.set(title, "");
  bodies.set(title, printBlock(`function ${title}`, node.attrs.body, bodies));
}

// Two functions may share a name and differ in their bodies.
const functionTitle = (node: Node<"Function">): string => `${node.attrs.name}@${hashGraph(node.attrs.body).slice(0, 8)}`;

function printAttributes(node: Node): string {
  if (isOp(node, "Constant")) return printConstant(node.attrs.value);
  if (isOp(node, "Function")) return `${functionTitle(node)} evaluations=${node.attrs.evaluations}`;
  return Object.entries(node.attrs)
    .map(([name, value]) => `${name}=${printValue(value)}`)
    .join(" ");
}

function printConstant(value: HostTensor): string {
  const size = sizeOf(value.shape);
  if (size > longestConstant) return `[...${size}] sha256=${hashConstant(value).split(" ")[1]!.slice(0, 8)}`;
  const numbers = Array.from(value.data, printValue).join(",");
  return value.shape.length === 0 ? numbers : `[${numbers}]`;
}

function printValue(value: unknown): string {
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  return Array.isArray(value) ? `[${value.map(printValue).join(",")}]` : String(value);
}
