import { eliminateDeadNodes, GraphBuilder, isOp, replay, sizeOf, type Graph, type Node } from "@leader/graph";

/** A graph in two parts, of which the host computes the first. */
export interface HostPart {
  /** From params of one element to the values that the rest reads. */
  readonly graph: Graph;
  /** Which params of the whole graph these are. */
  readonly inputs: readonly number[];
  /** The rest: the params of the whole graph, then one for each output of `graph`. */
  readonly rest: Graph;
}

/** Sizes up to which the host computes a value, and reads a constant. */
const largestValue = 4096;
const largestConstant = 16384;
/** Fewer nodes are not worth the way to the host and back. */
const fewestNodes = 16;

/**
 * What a graph computes from single numbers, such as the noise level, and constants: in networks a hundred operations on a few hundred
 * numbers each, whose calls cost a device more than they cost the host altogether. Undefined where there is too little of it.
 */
export function splitHostPart(graph: Graph): HostPart | undefined {
  const single = graph.params.filter(({ aval }) => sizeOf(aval.shape) === 1).map(({ id }) => id);
  const hosted = hostedNodes(graph, new Set(single));
  if (hosted.size < fewestNodes) return undefined;
  const taken = new Set(graph.nodes.filter(({ id }) => !hosted.has(id)).flatMap(({ inputs }) => inputs));
  const handed = [...hosted].filter((id) => taken.has(id));
  return { graph: hostGraph(graph, single, hosted, handed), inputs: single, rest: restGraph(graph, hosted, handed) };
}

function hostedNodes(graph: Graph, single: ReadonlySet<number>): ReadonlySet<number> {
  const constants = new Set(graph.nodes.filter((node) => isOp(node, "Constant") && isSmall(node, largestConstant)).map(({ id }) => id));
  const outputs = new Set(graph.outputs);
  const hosted = new Set<number>();
  const known = (id: number): boolean => single.has(id) || hosted.has(id);
  for (const node of graph.nodes) {
    const computable = node.inputs.some(known) && node.inputs.every((id) => known(id) || constants.has(id));
    // Results stay on the device.
    if (computable && isSmall(node, largestValue) && !outputs.has(node.id)) hosted.add(node.id);
  }
  return hosted;
}

const isSmall = ({ aval }: Node, most: number): boolean => sizeOf(aval.shape) <= most;

function hostGraph(graph: Graph, single: readonly number[], hosted: ReadonlySet<number>, handed: readonly number[]): Graph {
  const builder = new GraphBuilder();
  const values = new Map(single.map((id) => [id, builder.param(graph.params[id]!.name, graph.params[id]!.aval)]));
  const wanted = graph.nodes.filter(({ id, op }) => hosted.has(id) || op === "Constant");
  replay(builder, wanted, values);
  return eliminateDeadNodes(builder.build(handed.map((id) => values.get(id)!)));
}

function restGraph(graph: Graph, hosted: ReadonlySet<number>, handed: readonly number[]): Graph {
  const builder = new GraphBuilder();
  const values = new Map(graph.params.map(({ id, name, aval }) => [id, builder.param(name, aval)]));
  for (const id of handed) values.set(id, builder.param(`host${id}`, graph.nodes[id - graph.params.length]!.aval));
  const wanted = graph.nodes.filter(({ id }) => !hosted.has(id));
  replay(builder, wanted, values);
  return eliminateDeadNodes(builder.build(graph.outputs.map((id) => values.get(id)!)));
}
