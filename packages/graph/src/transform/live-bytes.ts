import { avalsOf, isOp, type Graph } from "../ir/graph.js";
import { sizeOf } from "../ir/shape.js";
import type { Aval } from "../values.js";

/** Bytes of a value; booleans have one, others four. */
export const bytesOf = ({ shape, dtype }: Aval): number => sizeOf(shape) * (dtype === "bool" ? 1 : 4);

/** Memory that a graph needs while it runs. */
export interface LiveBytes {
  /** The most bytes of values that are alive at once, params included: each from where it is computed to its last use. */
  readonly peak: number;
  /** Bytes of constants, those of functions once. */
  readonly constants: number;
}

/** Follows the values of a graph in its order; a call adds the peak of its body while it runs. A lower bound of what a backend takes. */
export function liveBytes(graph: Graph): LiveBytes {
  const avals = avalsOf(graph);
  const last = new Map<number, number>();
  graph.nodes.forEach((node, i) => {
    for (const id of node.inputs) last.set(id, i);
  });
  for (const id of graph.outputs) last.set(id, graph.nodes.length);
  const inside = new Map<Graph, LiveBytes>();
  let constants = 0;
  let alive = graph.params.reduce((sum, param) => sum + bytesOf(param.aval), 0);
  let peak = alive;
  graph.nodes.forEach((node, i) => {
    if (isOp(node, "Constant")) {
      constants += bytesOf(node.aval);
      return;
    }
    let within = 0;
    if (isOp(node, "Function")) {
      const { body } = node.attrs;
      const known = inside.get(body) ?? liveBytes(body);
      if (!inside.has(body)) constants += known.constants;
      inside.set(body, known);
      within = known.peak;
    }
    alive += bytesOf(node.aval);
    peak = Math.max(peak, alive + within);
    for (const id of new Set(node.inputs)) {
      const made = graph.nodes[id - graph.params.length];
      if (last.get(id) === i && (made === undefined || !isOp(made, "Constant"))) alive -= bytesOf(avals[id]!);
    }
  });
  return { peak, constants };
}
