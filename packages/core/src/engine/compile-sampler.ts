import { type Backend, defined, type Executable, hashGraph } from "@leader/graph";
import type { PipelineEventBody } from "../contract/events.js";
import { errors } from "../error-codes.js";
import type { Phase, PhaseName } from "./phase.js";
import { phasesOf, type InnerPhases, type SamplerGraphs } from "./sampler-graphs.js";

export interface CompiledPhase {
  readonly phase: Phase;
  readonly executable: Executable;
}

/** The phases of a sampler on one backend. */
export interface CompiledSampler extends AsyncDisposable {
  readonly backend: Backend;
  /** The graphs that run once, before the first step. */
  readonly start: readonly PhaseName[];
  /** The inner loop of a step, if it has one. */
  readonly inner?: Pick<InnerPhases, "most" | "until">;
  /** Every how many steps the uncertainty is estimated; the others run `between`. */
  readonly every: number;
  phase(name: PhaseName): Promise<CompiledPhase>;
}

/**
 * Compiles all graphs that every run needs; `travel` is compiled when it is first needed.
 * Errors: an operation that the backend cannot run, found before anything is compiled.
 */
export async function compileSampler(
  graphs: SamplerGraphs,
  backend: Backend,
  emit: (event: PipelineEventBody) => void = () => undefined,
): Promise<CompiledSampler> {
  const phases = phasesOf(graphs);
  for (const phase of phases) checkSupported(phase, backend);
  const compiled = new Map<PhaseName, Promise<CompiledPhase>>();
  const get = (asked: PhaseName): Promise<CompiledPhase> => {
    // Without an uncertainty, `again` is `predict`.
    const phase = phases.find(({ name }) => name === asked) ?? graphs.predict;
    const { name } = phase;
    const known = compiled.get(name);
    if (known !== undefined) return known;
    emit({
      type: "graph-compile",
      graph: name,
      hash: hashGraph(phase.graph),
      nodes: phase.graph.nodes.length,
      backend: backend.name,
      reason: "first use in this run",
    });
    const made = backend.compile(phase.graph).then((executable) => ({ phase, executable }));
    compiled.set(name, made);
    return made;
  };
  const dispose = async (): Promise<void> => {
    const settled = await Promise.allSettled(compiled.values());
    for (const result of settled) if (result.status === "fulfilled") await result.value.executable[Symbol.asyncDispose]();
  };
  try {
    // Side by side: runtimes prepare a graph on threads of their own.
    await Promise.all(phases.flatMap(({ name }) => (name === "travel" ? [] : [get(name)])));
  } catch (error) {
    await dispose();
    throw error;
  }
  const start = phases.map(({ name }) => name).filter((name) => name === "init" || name === "prepare");
  return {
    backend,
    start,
    phase: get,
    every: graphs.amortised?.every ?? 1,
    ...defined({ inner: graphs.inner }),
    [Symbol.asyncDispose]: dispose,
  };
}

function checkSupported(phase: Phase, backend: Backend): void {
  const unsupported = backend.unsupported(phase.graph);
  if (unsupported.length === 0) return;
  const list = unsupported.map((u) => `%${u.node} ${u.op} (${u.reason})`).join("; ");
  throw errors.BACKEND_LACKS_OPS({ backend: backend.name, graph: phase.name, list });
}
