import { defined, eliminateDeadNodes, type Graph, GraphBuilder, type Node, type OpName, type Param, type Tensor } from "@leader/graph";
import { finishPhase, withInputsFor, type Phase } from "./phase.js";
import type { SamplerGraphs } from "./sampler-graphs.js";
import { valueName } from "./value-names.js";

/** Inputs with the same value in every step of a run. */
const fixedInputs = new Set(["y", "sigmaY"]);

/** Operations that cost more than reading their result back from memory. */
const costly: ReadonlySet<OpName> = new Set<OpName>(["MatMul", "Conv", "ConvTranspose"]);

/**
 * Moves what the steps of a run compute again and again from the measurement alone, such as U^T y, into a phase `prepare` that runs
 * once. Stages need not know of it: they write a step as a formula, and keep no such values in their state.
 */
export function hoistInvariants(graphs: SamplerGraphs): SamplerGraphs {
  const builder = new GraphBuilder();
  const prepared = new Map<string, Tensor>();
  const params = new Map<string, Tensor>();
  const param = ({ name, aval }: Param): Tensor => {
    const made = params.get(name) ?? builder.param(name, aval);
    params.set(name, made);
    return made;
  };
  const moved = (phase: Phase): Phase => {
    const { graph } = phase;
    const found = invariantsOf(graph);
    if (found.length === 0) return phase;
    const names = new Map(found.map((id) => [id, valueName("prepared", `${phase.name}.${id}`)] as const));
    const values = builder.inline(eliminateDeadNodes({ ...graph, outputs: found }), graph.params.map(param));
    found.forEach((id, i) => prepared.set(names.get(id)!, values[i]!));
    return withInputsFor(phase, names);
  };
  const { predict, update, inner, amortised } = graphs;
  const changed = {
    ...graphs,
    predict: moved(predict),
    update: moved(update),
    ...defined({ amortised: amortised && { ...amortised, between: moved(amortised.between) } }),
  };
  const again = inner?.again === predict ? changed.predict : inner && moved(inner.again);
  const loop = inner === undefined ? {} : { inner: { ...inner, advance: moved(inner.advance), again: again! } };
  if (prepared.size === 0) return graphs;
  return { ...changed, ...loop, prepare: finishPhase("prepare", builder, prepared, new Map()) };
}

/** Values that depend on the measurement and on nothing that changes, at the end of a costly computation, that the rest of the graph reads or that are results. */
function invariantsOf(graph: Graph): readonly number[] {
  const kinds = kindsOf(graph);
  const read = new Set([...graph.outputs, ...graph.nodes.filter(({ id }) => kinds[id] === "varying").flatMap(({ inputs }) => inputs)]);
  return graph.nodes.map(({ id }) => id).filter((id) => kinds[id] === "costly" && read.has(id));
}

/** What a value depends on: constants alone, the measurement too (`costly` if it takes more than a pass over memory), or the step. */
type Kind = "constant" | "fixed" | "costly" | "varying";

function kindsOf(graph: Graph): readonly Kind[] {
  const kinds: Kind[] = graph.params.map(({ name }) => (fixedInputs.has(name) ? "fixed" : "varying"));
  for (const node of graph.nodes) kinds[node.id] = kindOf(node, kinds);
  return kinds;
}

function kindOf({ op, inputs }: Node, kinds: readonly Kind[]): Kind {
  const operands = new Set(inputs.map((id) => kinds[id]!));
  if (op === "Function" || operands.has("varying")) return "varying";
  if (operands.has("costly") || (operands.has("fixed") && costly.has(op))) return "costly";
  return operands.has("fixed") ? "fixed" : "constant";
}
