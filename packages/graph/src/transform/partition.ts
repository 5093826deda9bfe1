import { avalsOf, isOp, type Graph, type Node } from "../ir/graph.js";
import type { Tensor } from "../ir/tensor.js";
import { GraphBuilder } from "../ir/trace.js";

/** A part of a graph that is compiled on its own. `inputs` and `outputs` are value ids of the whole graph. */
export type Segment =
  | { readonly kind: "graph"; readonly graph: Graph; readonly inputs: readonly number[]; readonly outputs: readonly number[] }
  | { readonly kind: "function"; readonly name: string; readonly body: Graph; readonly inputs: readonly number[]; readonly output: number };

/**
 * Cuts a graph at its `Function` nodes, so that a network is compiled once and apart from the small graphs around it.
 * Segments come in order of execution, as few as the dependencies allow. Constants are repeated where they are read.
 * The graphs of segments return nodes only, each once: never a param.
 */
export function partition(graph: Graph): readonly Segment[] {
  const placement = place(graph);
  const segments: Segment[] = [];
  for (let stage = 0; stage <= placement.stages; stage++) {
    const nodes = graph.nodes.filter((node) => !isOp(node, "Function") && placement.stageOf(node.id) === stage);
    if (nodes.length > 0) segments.push(graphSegment(graph, nodes));
    for (const node of graph.nodes) {
      if (isOp(node, "Function") && placement.stageOf(node.id) === stage) segments.push(functionSegment(node));
    }
  }
  return segments;
}

function functionSegment({ id, attrs, inputs }: Node<"Function">): Segment {
  return { kind: "function", name: attrs.name, body: attrs.body, inputs, output: id };
}

/** Stage k holds a graph segment followed by calls. */
interface Placement {
  readonly stages: number;
  /** Undefined for nodes that need not run. */
  stageOf(id: number): number | undefined;
}

function place(graph: Graph): Placement {
  const earliest = earliestStages(graph);
  const stages = Math.max(0, ...graph.nodes.filter((node) => isOp(node, "Function")).map((node) => earliest[node.id]! + 1));
  const latest = latestStages(graph, earliest, stages);
  const movable = graph.nodes.filter((node) => !isOp(node, "Function") && latest[node.id] !== undefined);
  const points = stabbingPoints(movable.map((node) => [earliest[node.id]!, latest[node.id]!]));
  const chosen = new Map<number, number>(movable.map((node) => [node.id, points.find((point) => point >= earliest[node.id]!)!]));
  for (const node of graph.nodes) if (isOp(node, "Function") && latest[node.id] !== undefined) chosen.set(node.id, earliest[node.id]!);
  delayParamsOnly(graph, { earliest, latest, points }, chosen);
  return { stages, stageOf: (id) => chosen.get(id) };
}

/** The stages in which nodes can run, and those that have a graph segment, ascending. */
interface Bounds {
  readonly earliest: readonly number[];
  readonly latest: readonly (number | undefined)[];
  readonly points: readonly number[];
}

/** What follows from params alone, which stay alive, goes as late as its readers allow: results would pass from segment to segment meanwhile. */
function delayParamsOnly(graph: Graph, { earliest, latest, points }: Bounds, chosen: Map<number, number>): void {
  const limits = [...latest];
  for (const node of graph.nodes.toReversed()) {
    if (earliest[node.id] === 0 && !isOp(node, "Function") && chosen.has(node.id))
      chosen.set(
        node.id,
        points.findLast((point) => point <= limits[node.id]!)!,
      );
    const stage = chosen.get(node.id);
    if (stage !== undefined) for (const id of node.inputs) limits[id] = Math.min(limits[id] ?? Infinity, stage);
  }
}

/** The first stage in which a node can run; a call's result is there one stage later. */
function earliestStages(graph: Graph): readonly number[] {
  const available: number[] = graph.params.map(() => 0);
  const earliest: number[] = [];
  for (const node of graph.nodes) {
    earliest[node.id] = Math.max(0, ...node.inputs.map((id) => available[id]!));
    available[node.id] = earliest[node.id]! + Number(isOp(node, "Function"));
  }
  return earliest;
}

/** The last stage in which a node may run; absent if nothing needs it, and for constants that only nodes read: their segments hold copies. */
function latestStages(graph: Graph, earliest: readonly number[], stages: number): readonly (number | undefined)[] {
  const latest: (number | undefined)[] = [];
  const limit = (id: number, stage: number): void => {
    latest[id] = Math.min(latest[id] ?? Infinity, stage);
  };
  const constants = new Set(graph.nodes.filter((node) => isOp(node, "Constant")).map((node) => node.id));
  for (const id of graph.outputs) limit(id, stages);
  for (const node of graph.nodes.toReversed()) {
    const call = isOp(node, "Function");
    if (latest[node.id] === undefined) continue;
    const stage = call ? earliest[node.id]! : latest[node.id]!;
    for (const id of node.inputs) if (call || !constants.has(id)) limit(id, stage);
  }
  return latest;
}

/** The fewest stages such that every interval [earliest, latest] contains one, ascending: take each interval's end unless it is already hit. */
function stabbingPoints(intervals: readonly (readonly [number, number])[]): readonly number[] {
  const points: number[] = [];
  for (const [start, end] of intervals.toSorted((a, b) => a[1] - b[1])) {
    if ((points.at(-1) ?? -1) < start) points.push(end);
  }
  return points;
}

function graphSegment(graph: Graph, nodes: readonly Node[]): Segment {
  const inside = new Set(nodes.map((node) => node.id));
  const constants = new Map(graph.nodes.filter((node) => isOp(node, "Constant")).map((node) => [node.id, node]));
  const inputs = [...new Set(nodes.flatMap((node) => node.inputs))].filter((id) => !inside.has(id) && !constants.has(id));
  const needed = neededOutside(graph, inside);
  const outputs = nodes.map((node) => node.id).filter((id) => needed.has(id));
  const names = new Map(graph.params.map((p) => [p.id, p.name]));
  const avals = avalsOf(graph);
  const builder = new GraphBuilder();
  const values = new Map<number, Tensor>(inputs.map((id) => [id, builder.param(names.get(id) ?? `%${id}`, avals[id]!)]));
  const emit = (node: Node): Tensor => {
    const operands = node.inputs.map((id) => valueOf(id));
    return builder.within(node.scope, () => builder.emit(node.op, operands, node.attrs));
  };
  const valueOf = (id: number): Tensor => {
    let value = values.get(id);
    if (value === undefined) values.set(id, (value = emit(constants.get(id)!)));
    return value;
  };
  for (const node of nodes) if (!values.has(node.id)) values.set(node.id, emit(node));
  return { kind: "graph", graph: builder.build(outputs.map(valueOf)), inputs, outputs };
}

/** Values that outputs of the graph, or nodes outside the segment, read. Other segments hold copies of constants. */
function neededOutside(graph: Graph, inside: ReadonlySet<number>): ReadonlySet<number> {
  const needed = new Set(graph.outputs);
  for (const node of graph.nodes) {
    if (!inside.has(node.id)) for (const id of node.inputs) needed.add(id);
  }
  return needed;
}
