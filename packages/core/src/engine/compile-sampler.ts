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
  /** Ends this sampler for one that takes over those of its graphs that have these hashes. */
  handOver(hashes: ReadonlySet<string>): Promise<HandedOver>;
}

/** What is left of a sampler that ended for another. Disposing it releases what nobody took. */
export interface HandedOver extends AsyncDisposable {
  /** By hash; whoever takes one out owns it. */
  readonly executables: Map<string, Executable>;
}

/**
 * Compiles all graphs that every run needs; `travel` is compiled when it is first needed.
 * @param before a sampler that is not used any more: what is equal in it is taken over, and what else it has is released before anything is
 *   compiled, so that the memory of both is never taken together. A network that both call stays loaded.
 * Errors: an operation that the backend cannot run, found before anything is compiled.
 */
export async function compileSampler(
  graphs: SamplerGraphs,
  backend: Backend,
  emit: (event: PipelineEventBody) => void = () => undefined,
  before?: CompiledSampler,
): Promise<CompiledSampler> {
  const phases = phasesOf(graphs);
  await using handed = await before?.handOver(new Set(phases.map(({ graph }) => hashGraph(graph))));
  for (const phase of phases) checkSupported(phase, backend);
  const compiled = new CompiledPhases(graphs, backend, emit);
  if (handed !== undefined) compiled.takeOver(handed);
  try {
    // Side by side: runtimes prepare a graph on threads of their own.
    await Promise.all(phases.flatMap(({ name }) => (name === "travel" ? [] : [compiled.get(name)])));
  } catch (error) {
    await compiled[Symbol.asyncDispose]();
    throw error;
  }
  const start = phases.map(({ name }) => name).filter((name) => name === "init" || name === "prepare");
  return {
    backend,
    start,
    phase: (name) => compiled.get(name),
    every: graphs.amortised?.every ?? 1,
    ...defined({ inner: graphs.inner }),
    handOver: (hashes) => compiled.handOver(hashes),
    [Symbol.asyncDispose]: () => compiled[Symbol.asyncDispose](),
  };
}

/** The graphs of a sampler that are compiled so far. */
class CompiledPhases implements AsyncDisposable {
  readonly #compiled = new Map<PhaseName, Promise<CompiledPhase>>();

  constructor(
    private readonly graphs: SamplerGraphs,
    private readonly backend: Backend,
    private readonly emit: (event: PipelineEventBody) => void,
  ) {}

  get(asked: PhaseName): Promise<CompiledPhase> {
    // Without an uncertainty, `again` is `predict`.
    const phase = phasesOf(this.graphs).find(({ name }) => name === asked) ?? this.graphs.predict;
    const { name } = phase;
    const known = this.#compiled.get(name);
    if (known !== undefined) return known;
    this.emit({
      type: "graph-compile",
      graph: name,
      hash: hashGraph(phase.graph),
      nodes: phase.graph.nodes.length,
      backend: this.backend.name,
      reason: "first use in this run",
    });
    const made = this.backend.compile(phase.graph).then((executable) => ({ phase, executable }));
    this.#compiled.set(name, made);
    return made;
  }

  takeOver({ executables }: HandedOver): void {
    for (const phase of phasesOf(this.graphs)) {
      const hash = hashGraph(phase.graph);
      const executable = executables.get(hash);
      if (executable === undefined) continue;
      executables.delete(hash);
      this.#compiled.set(phase.name, Promise.resolve({ phase, executable }));
    }
  }

  async handOver(hashes: ReadonlySet<string>): Promise<HandedOver> {
    const executables = new Map<string, Executable>();
    const callers: Executable[] = [];
    for (const { phase, executable } of await this.#end()) {
      const hash = hashGraph(phase.graph);
      if (hashes.has(hash) && !executables.has(hash)) executables.set(hash, executable);
      else if (phase.graph.nodes.some(({ op }) => op === "Function")) callers.push(executable);
      else await executable[Symbol.asyncDispose]();
    }
    return { executables, [Symbol.asyncDispose]: () => disposeAll([...callers, ...executables.values()]) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await disposeAll((await this.#end()).map(({ executable }) => executable));
  }

  async #end(): Promise<readonly CompiledPhase[]> {
    const settled = await Promise.allSettled(this.#compiled.values());
    this.#compiled.clear();
    return settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  }
}

async function disposeAll(executables: readonly Executable[]): Promise<void> {
  for (const executable of executables) await executable[Symbol.asyncDispose]();
}

function checkSupported(phase: Phase, backend: Backend): void {
  const unsupported = backend.unsupported(phase.graph);
  if (unsupported.length === 0) return;
  const list = unsupported.map((u) => `%${u.node} ${u.op} (${u.reason})`).join("; ");
  throw errors.BACKEND_LACKS_OPS({ backend: backend.name, graph: phase.name, list });
}
