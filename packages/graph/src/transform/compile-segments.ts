import { errors } from "../error-codes.js";
import type { Executable } from "../backend.js";
import type { Aval, DeviceTensor } from "../values.js";
import { formatAval } from "../ir/format.js";
import { avalsOf, type Graph } from "../ir/graph.js";
import { hashGraph } from "../ir/hash.js";
import { GraphBuilder } from "../ir/trace.js";
import { inlineFunctions } from "./inline.js";
import { partition, type Segment } from "./partition.js";

/** Compiles a graph without `Function` nodes whose outputs are nodes, each listed once. It must not drop or merge nodes that copy. */
export type CompileFlat = (graph: Graph) => Promise<Executable>;

/**
 * Compiled bodies by hash, shared by all graphs of a backend and released with the last of them. A backend keeps one,
 * so that a network is loaded once however many graphs call it.
 */
export class FunctionCache {
  readonly #entries = new Map<string, { readonly executable: Promise<Executable>; users: number }>();

  /** The compiled body; pair with `release`. */
  async acquire(body: Graph, compileFlat: CompileFlat): Promise<Executable> {
    const key = hashGraph(body);
    const entry = this.#entries.get(key) ?? { executable: compileSegments(inlineFunctions(body), compileFlat), users: 0 };
    entry.users++;
    this.#entries.set(key, entry);
    try {
      return await entry.executable;
    } catch (error) {
      // A failed compilation must not be what the next caller gets.
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
      throw error;
    }
  }

  async release(body: Graph): Promise<void> {
    const key = hashGraph(body);
    const entry = this.#entries.get(key);
    if (entry === undefined || --entry.users > 0) return;
    this.#entries.delete(key);
    await (await entry.executable)[Symbol.asyncDispose]();
  }
}

/**
 * Makes one executable of a graph that may call functions, for any backend that can compile flat graphs. It disposes
 * intermediate values with their last use, never its inputs, and every output is the caller's own even where the graph
 * passes an input through or returns a value twice.
 */
export async function compileSegments(graph: Graph, compileFlat: CompileFlat, cache = new FunctionCache()): Promise<Executable> {
  const program = new SegmentProgram(graph, partition(graph), cache);
  try {
    await program.compile(compileFlat);
  } catch (error) {
    await program[Symbol.asyncDispose]();
    throw error;
  }
  return program;
}

class SegmentProgram implements Executable {
  readonly #steps: { readonly segment: Segment; readonly executable: Executable }[] = [];
  readonly #copiers = new Map<string, Executable>();
  readonly #borrowed: Graph[] = [];
  /** By value id: how many segments and outputs read it. */
  readonly #reads: ReadonlyMap<number, number>;
  readonly #avals: readonly Aval[];
  #disposed = false;

  constructor(
    private readonly graph: Graph,
    private readonly segments: readonly Segment[],
    private readonly cache: FunctionCache,
  ) {
    this.#reads = countReads([...segments.map((segment) => segment.inputs), graph.outputs]);
    this.#avals = avalsOf(graph);
  }

  async compile(compileFlat: CompileFlat): Promise<void> {
    for (const segment of this.segments) {
      this.#steps.push({ segment, executable: await this.#compileSegment(segment, compileFlat) });
    }
    for (const aval of copiedOutputs(this.graph).map((id) => this.#avals[id]!)) {
      const key = formatAval(aval);
      if (!this.#copiers.has(key)) this.#copiers.set(key, await compileFlat(copyGraph(aval)));
    }
  }

  async run(inputs: readonly DeviceTensor[]): Promise<readonly DeviceTensor[]> {
    if (this.#disposed) throw errors.USE_AFTER_DISPOSE({ what: "compiled graph" });
    const live = new LiveValues(inputs, this.#reads);
    try {
      for (const { segment, executable } of this.#steps) {
        const results = await executable.run(segment.inputs.map((id) => live.get(id)));
        outputsOf(segment).forEach((id, i) => {
          live.own(id, results[i]!);
        });
        for (const id of segment.inputs) live.read(id);
      }
      return await this.#handOut(live);
    } catch (error) {
      live.disposeAll();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    const own = this.#steps.filter(({ segment }) => segment.kind === "graph").map(({ executable }) => executable);
    const made = [...own, ...this.#copiers.values()];
    const borrowed = this.#borrowed.splice(0);
    this.#steps.length = 0;
    this.#copiers.clear();
    for (const executable of made) await executable[Symbol.asyncDispose]();
    for (const body of borrowed) await this.cache.release(body);
  }

  async #compileSegment(segment: Segment, compileFlat: CompileFlat): Promise<Executable> {
    if (segment.kind === "graph") return await compileFlat(segment.graph);
    const executable = await this.cache.acquire(segment.body, compileFlat);
    this.#borrowed.push(segment.body);
    return executable;
  }

  async #handOut(live: LiveValues): Promise<readonly DeviceTensor[]> {
    const outputs: DeviceTensor[] = [];
    try {
      for (const id of this.graph.outputs) outputs.push(live.release(id) ?? (await this.#copy(id, live.get(id))));
    } catch (error) {
      for (const output of new Set(outputs)) output[Symbol.dispose]();
      throw error;
    }
    return outputs;
  }

  async #copy(id: number, value: DeviceTensor): Promise<DeviceTensor> {
    const [copy] = await this.#copiers.get(formatAval(this.#avals[id]!))!.run([value]);
    return copy!;
  }
}

/** The values of one run: who owns them, and how many reads are left. */
class LiveValues {
  readonly #values: (DeviceTensor | undefined)[];
  readonly #owned = new Set<number>();
  readonly #left: Map<number, number>;

  constructor(inputs: readonly DeviceTensor[], reads: ReadonlyMap<number, number>) {
    this.#values = [...inputs];
    this.#left = new Map(reads);
  }

  get(id: number): DeviceTensor {
    return this.#values[id]!;
  }

  own(id: number, value: DeviceTensor): void {
    this.#values[id] = value;
    this.#owned.add(id);
  }

  /** Counts a read and disposes the value after its last one. */
  read(id: number): void {
    const left = this.#left.get(id)! - 1;
    this.#left.set(id, left);
    if (left === 0 && this.#owned.delete(id)) this.get(id)[Symbol.dispose]();
  }

  /** Gives an owned value away if this is its last read; undefined if it must be copied. */
  release(id: number): DeviceTensor | undefined {
    const left = this.#left.get(id)! - 1;
    this.#left.set(id, left);
    return left === 0 && this.#owned.delete(id) ? this.get(id) : undefined;
  }

  disposeAll(): void {
    for (const id of this.#owned) this.get(id)[Symbol.dispose]();
    this.#owned.clear();
  }
}

const outputsOf = (segment: Segment): readonly number[] => (segment.kind === "graph" ? segment.outputs : [segment.output]);

function countReads(lists: readonly (readonly number[])[]): ReadonlyMap<number, number> {
  const reads = new Map<number, number>();
  for (const id of lists.flat()) reads.set(id, (reads.get(id) ?? 0) + 1);
  return reads;
}

/** Outputs that would not be the caller's own: params, and all but the last mention of a value. */
function copiedOutputs(graph: Graph): readonly number[] {
  return graph.outputs.filter((id, i) => id < graph.params.length || graph.outputs.indexOf(id, i + 1) >= 0);
}

/** A graph that copies its input: a node that changes nothing, which no optimizer sees. */
function copyGraph(aval: Aval): Graph {
  const builder = new GraphBuilder();
  const x = builder.param("x", aval);
  return builder.build([builder.emit("Reshape", [x], { shape: aval.shape })]);
}
