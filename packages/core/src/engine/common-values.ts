import { arithmeticOf, avalsOf, isOp, sizeOf, valuesInCommon, type Aval, type Graph } from "@leader/graph";
import { isNoiseInput } from "./noise-source.js";
import { withInputsFor, withResults, type Phase } from "./phase.js";
import type { SamplerGraphs } from "./sampler-graphs.js";
import { valueName } from "./value-names.js";

/** Multiply-adds for each value from which on keeping a result until the next phase costs less than computing it again. */
const worthKeeping = 16;

/**
 * Lets `predict` hand on what `update` would compute again, such as the measurement of the estimate, which a scheduler, a modulator and a method
 * may each ask for. Stages need not know of it, nor of each other. An inner loop changes the state between the two, and where the
 * uncertainty is not estimated in every step two graphs stand for `predict`: then all stays as it is.
 */
export function shareCommonValues(graphs: SamplerGraphs): SamplerGraphs {
  const { predict, update, inner, amortised } = graphs;
  if (inner !== undefined || amortised !== undefined) return graphs;
  const common = valuesInCommon(predict.graph, update.graph, sameInputs(predict, update));
  const kept = keptOf(update.graph, common);
  if (kept.length === 0) return graphs;
  const nameOf = (id: number): string => valueName("common", common.get(id)!);
  return {
    ...graphs,
    predict: withResults(predict, new Map(kept.map((id) => [common.get(id)!, nameOf(id)]))),
    update: withInputsFor(update, new Map(kept.map((id) => [id, nameOf(id)]))),
  };
}

/** Inputs of the later phase by what they are in the earlier one: a result or an input of it. Draws are of one phase. */
function sameInputs(earlier: Phase, later: Phase): ReadonlyMap<number, number> {
  const inputs = new Map(earlier.graph.params.map(({ name, id }) => [name, id]));
  const valueOf = (name: string): number | undefined => {
    const source = earlier.results.get(name);
    return source?.from === "output" ? earlier.graph.outputs[source.index] : inputs.get(source?.name ?? name);
  };
  const known = later.graph.params.filter(({ name }) => !isNoiseInput(name)).map(({ name, id }) => [id, valueOf(name)] as const);
  return new Map(known.flatMap(([id, value]) => (value === undefined ? [] : [[id, value] as const])));
}

/** The last values on the way through what is common, where they cost more than the values that are kept before them. */
function keptOf(graph: Graph, common: ReadonlyMap<number, number>): readonly number[] {
  const own = graph.nodes.filter(({ id }) => !common.has(id));
  const read = new Set([...graph.outputs, ...own.flatMap(({ inputs }) => inputs)]);
  const avals = avalsOf(graph);
  const kept = new Set<number>();
  for (const { id, op, aval } of graph.nodes) {
    if (op === "Constant" || !common.has(id) || !read.has(id)) continue;
    if (arithmeticUpTo(graph, avals, id, kept) >= worthKeeping * sizeOf(aval.shape)) kept.add(id);
  }
  return [...kept];
}

/** Multiply-adds of what leads to a value from params and from values that are there. */
function arithmeticUpTo(graph: Graph, avals: readonly Aval[], value: number, there: ReadonlySet<number>): number {
  const needed = new Set([value]);
  let sum = 0;
  for (const node of graph.nodes.toReversed()) {
    if (!needed.has(node.id) || there.has(node.id) || isOp(node, "Constant")) continue;
    sum += arithmeticOf(
      node,
      node.inputs.map((id) => avals[id]!),
    );
    for (const id of node.inputs) needed.add(id);
  }
  return sum;
}
