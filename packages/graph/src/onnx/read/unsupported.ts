import type { FunctionProto, NodeProto } from "onnx-buf";
import { opRules } from "./ops/index.js";
import { MAX_DEPTH } from "./scope.js";

/** Functions that a file defines itself, by the key of the nodes that call them. */
export type FunctionTable = ReadonlyMap<string, FunctionProto>;

export const functionKey = (domain: string, name: string, overload: string): string => `${domain}\u0000${name}\u0000${overload}`;

/** True for the operations of the standard. */
export const isStandard = (node: NodeProto): boolean => node.domain === "" || node.domain === "ai.onnx";

/** How a node is named to people. */
export const nodeLabel = (node: NodeProto): string =>
  node.name === "" ? `the node that makes \`${node.output[0] ?? ""}\`` : `node \`${node.name}\``;

/** Operations that the reader has no rule for, once per operation with the first node that uses it. */
export function unsupportedOps(nodes: readonly NodeProto[], functions: FunctionTable, opset: number): readonly string[] {
  const found = new Map<string, string>();
  const seen = new Set<FunctionProto>();
  const visit = (list: readonly NodeProto[], version: number, depth: number): void => {
    for (const node of list) {
      const called = functions.get(functionKey(node.domain, node.opType, node.overload));
      if (called !== undefined) {
        if (!seen.has(called) && depth < MAX_DEPTH) visit(called.node, version, depth + 1);
        seen.add(called);
      } else if (!isStandard(node) || !opRules.has(node.opType)) {
        const name = isStandard(node) ? node.opType : `${node.domain}.${node.opType}`;
        if (!found.has(name)) found.set(name, `operation ${name} (opset ${version}, ${nodeLabel(node)})`);
      }
    }
  };
  visit(nodes, opset, 0);
  return [...found.values()];
}
