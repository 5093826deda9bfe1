import { createHash } from "node:crypto";
import { storedElements } from "../stored.js";
import type { HostTensor } from "../values.js";
import { formatAval } from "./format.js";
import { isOp, type Graph, type Node } from "./graph.js";

/** Contents never change once a constant is in a graph, so each array is read once however often its graphs are hashed. */
const digests = new WeakMap<HostTensor["data"], string>();
const hashes = new WeakMap<Graph, string>();

/**
 * SHA-256 of what a graph computes, in hexadecimal: structure, types, attributes and the contents of constants.
 * Names of params and scopes do not count, so equal programs of different stages share one compiled graph.
 */
export function hashGraph(graph: Graph): string {
  const known = hashes.get(graph);
  if (known !== undefined) return known;
  const hash = createHash("sha256");
  for (const param of graph.params) hash.update(`param ${param.id} ${formatAval(param.aval)}\n`);
  for (const node of graph.nodes)
    hash.update(`${node.id} ${node.op} ${node.inputs.join(",")} ${formatAval(node.aval)} ${hashAttributes(node)}\n`);
  const digest = hash.update(`outputs ${graph.outputs.join(",")}`).digest("hex");
  hashes.set(graph, digest);
  return digest;
}

/** Stable text of a node's attributes, with constants and bodies replaced by their digests. */
export function hashAttributes(node: Node): string {
  if (isOp(node, "Constant")) return hashConstant(node.attrs.value);
  if (isOp(node, "Function")) return `${node.attrs.evaluations} ${hashGraph(node.attrs.body)}`;
  return stableText(node.attrs);
}

/** SHA-256 of a constant's type and bytes, in hexadecimal; of what stays in its file, of its place and the state of that file. */
export function hashConstant(value: HostTensor): string {
  const elements = storedElements(value);
  if (elements !== undefined) return `${formatAval(value)} ${createHash("sha256").update(elements.key).digest("hex")}`;
  const { data } = value;
  let digest = digests.get(data);
  if (digest === undefined) {
    digest = createHash("sha256")
      .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
      .digest("hex");
    digests.set(data, digest);
  }
  return `${formatAval(value)} ${digest}`;
}

function stableText(value: unknown): string {
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (Array.isArray(value)) return `[${value.map(stableText).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, item]) => `${key}:${stableText(item)}`).join(",")}}`;
  }
  return JSON.stringify(value);
}
