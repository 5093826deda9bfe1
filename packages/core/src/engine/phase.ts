import {
  eliminateDeadNodes,
  optimize,
  rematerialise,
  renumber,
  rewrite,
  countEvaluations,
  type Rematerialisation,
  type Graph,
  type Param,
  type GraphBuilder,
  type Tensor,
} from "@leader/graph";
import { isNoiseInput } from "./noise-source.js";
import { isNamed, valueName } from "./value-names.js";

/** Where a named result of a phase is found after its graph ran. */
export type ResultSource = { readonly from: "output"; readonly index: number } | { readonly from: "input"; readonly name: string };

export type PhaseName = "init" | "prepare" | "predict" | "between" | "advance" | "again" | "update" | "travel";

/**
 * One compiled unit of a sampler: a graph whose inputs and results have names. Results that merely pass an input
 * on, and results that are the same value, are resolved here, so that a backend never sees either.
 */
export interface Phase {
  readonly name: PhaseName;
  readonly graph: Graph;
  readonly inputs: readonly string[];
  /** Inputs that the noise source fills, also those that only pass through to a result. */
  readonly draws: readonly Param[];
  readonly results: ReadonlyMap<string, ResultSource>;
  /** Names of the scalars in the result `observed`, in order. */
  readonly observed: readonly string[];
  /** Network evaluations of one run, counted in the graph. */
  readonly evaluations: number;
}

/**
 * Finishes the trace of a phase: observations become one vector, dead code and unused inputs go.
 * @param rematerialised what a derivative of the network computes again.
 */
export function finishPhase(
  name: PhaseName,
  builder: GraphBuilder,
  results: ReadonlyMap<string, Tensor>,
  observed: ReadonlyMap<string, Tensor>,
  rematerialised?: Rematerialisation,
): Phase {
  const named = new Map(results);
  if (observed.size > 0) {
    const [first, ...rest] = [...observed.values()].map((value) => value.reshape([1]));
    named.set("observed", first!.concat(rest, 0));
  }
  const names = [...named.keys()];
  const traced = builder.build([...named.values()]);
  // Dead nodes are still there: a derivative leaves the end of the network behind that it went through, and the call merges with it.
  const optimized = withoutActivations(optimize(traced), names, rematerialised);
  const unique = [...new Set(optimized.outputs)].filter((id) => id >= optimized.params.length);
  const sources = names.map((key, i): readonly [string, ResultSource] => {
    const id = optimized.outputs[i]!;
    const param = optimized.params[id];
    return [key, param === undefined ? { from: "output", index: unique.indexOf(id) } : { from: "input", name: param.name }];
  });
  const graph = dropUnusedParams({ ...optimized, outputs: unique });
  const needed = new Set([
    ...graph.params.map((p) => p.name),
    ...sources.map(([, source]) => (source.from === "input" ? source.name : "")),
  ]);
  return {
    name,
    graph,
    inputs: graph.params.map((p) => p.name),
    draws: optimized.params.filter((p) => isNoiseInput(p.name) && needed.has(p.name)),
    results: new Map(sources),
    observed: [...observed.keys()],
    // Counted before optimisation, which may merge a network call with its inlined forward pass.
    evaluations: countEvaluations(eliminateDeadNodes(traced)),
  };
}

/** The graph with a network and its derivative in less memory, if that is asked for. */
function withoutActivations(graph: Graph, results: readonly string[], what: Rematerialisation | undefined): Graph {
  if (what === undefined) return graph;
  const prior = graph.outputs.filter((_, i) => isNamed(results[i]!, "prior") && results[i] !== valueName("prior", "uncertainty"));
  return rematerialise(graph, prior, what);
}

/** The phase without some of its results, and without what only they need. */
export function withoutResults(phase: Phase, unwanted: ReadonlySet<string>): Phase {
  const kept = [...phase.results].filter(([name]) => !unwanted.has(name));
  const wanted = [...new Set(kept.flatMap(([, source]) => (source.from === "output" ? [source.index] : [])))].sort((a, b) => a - b);
  const outputs = wanted.map((index) => phase.graph.outputs[index]!);
  const graph = dropUnusedParams(eliminateDeadNodes({ ...phase.graph, outputs }));
  const results = kept.map(
    ([name, source]) => [name, source.from === "output" ? { ...source, index: wanted.indexOf(source.index) } : source] as const,
  );
  const passed = new Set(kept.map(([, source]) => (source.from === "input" ? source.name : "")));
  const inputs = graph.params.map((p) => p.name);
  return {
    ...phase,
    graph,
    inputs,
    draws: phase.draws.filter((p) => inputs.includes(p.name) || passed.has(p.name)),
    results: new Map(results),
  };
}

/** The phase with further results, named here by the ids of nodes. */
export function withResults(phase: Phase, names: ReadonlyMap<number, string>): Phase {
  const outputs = [...new Set([...phase.graph.outputs, ...names.keys()])];
  const added = [...names].map(([id, name]) => [name, { from: "output", index: outputs.indexOf(id) }] as const);
  return { ...phase, graph: { ...phase.graph, outputs }, results: new Map<string, ResultSource>([...phase.results, ...added]) };
}

/** The phase with inputs, named here by the ids of values, in place of what computes these values. */
export function withInputsFor(phase: Phase, names: ReadonlyMap<number, string>): Phase {
  const { graph } = phase;
  const computed = graph.outputs.filter((id) => !names.has(id));
  const replaced = rewrite({ ...graph, outputs: computed }, (node, operands, builder) => {
    const name = names.get(node.id);
    return name === undefined ? builder.emit(node.op, operands, node.attrs) : builder.param(name, node.aval);
  });
  const made = dropUnusedParams(eliminateDeadNodes(replaced));
  const sources = [...phase.results].map(([result, source]): readonly [string, ResultSource] => {
    if (source.from === "input") return [result, source];
    const id = graph.outputs[source.index]!;
    const name = names.get(id);
    return [result, name === undefined ? { from: "output", index: computed.indexOf(id) } : { from: "input", name }];
  });
  return { ...phase, graph: made, inputs: made.params.map((p) => p.name), results: new Map(sources) };
}

/** Removes params that no node reads. Outputs must be nodes. */
function dropUnusedParams(graph: Graph): Graph {
  const used = new Set(graph.nodes.flatMap((node) => node.inputs));
  const params = graph.params.filter((p) => used.has(p.id));
  return renumber(params, graph.nodes, graph.outputs);
}
