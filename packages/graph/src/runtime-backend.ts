import type { Backend, Executable, UnsupportedOp } from "./backend.js";
import { errors } from "./error-codes.js";
import { formatAval } from "./ir/format.js";
import type { Graph } from "./ir/graph.js";
import { equalShapes, sizeOf } from "./ir/shape.js";
import { compileSegments, type FunctionCache } from "./transform/compile-segments.js";
import type { Aval, DeviceTensor, DType, HostTensor } from "./values.js";

/** What a runtime does that compiles graphs without calls, for `runtimeBackend`. */
export interface GraphRuntime {
  /** For messages, such as `onnx`. */
  readonly name: string;
  /** `Backend.description`. */
  readonly description: string;
  /** Compiled bodies of calls, shared by the backends of one process that can share them. */
  readonly bodies: FunctionCache;
  unsupported(graph: Graph): readonly UnsupportedOp[];
  /** Compiles a graph without `Function` nodes whose outputs are nodes, each listed once. */
  compileFlat(graph: Graph): Promise<Executable>;
  /** Copies an array of the right length to the runtime. */
  upload(value: HostTensor): HeldTensor<unknown>;
  /** True for tensors that backends of this kind uploaded or computed. */
  owns(tensor: DeviceTensor): tensor is HeldTensor<unknown>;
  /** Lets go of what the runtime holds beside its executables. */
  end?(): Promise<void>;
}

/** A tensor of a runtime until it is disposed. */
export abstract class HeldTensor<V> implements DeviceTensor {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly #backend: string;
  #held: V | undefined;

  /** @param backend name of the backend, for messages. */
  constructor(backend: string, { shape, dtype }: Aval, held: V) {
    this.shape = shape;
    this.dtype = dtype;
    this.#backend = backend;
    this.#held = held;
  }

  /** The runtime's tensor, for a run. @throws USE_AFTER_DISPOSE */
  get value(): V {
    this.requireAlive();
    return this.#held!;
  }

  /** @throws USE_AFTER_DISPOSE */
  requireAlive(): void {
    if (this.#held === undefined)
      throw errors.USE_AFTER_DISPOSE({ what: `a tensor of the ${this.#backend} backend, ${formatAval(this)},` });
  }

  abstract read(): Promise<HostTensor>;

  /** Lets go of the runtime's tensor. */
  protected abstract release(held: V): void;

  [Symbol.dispose](): void {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.release(held);
  }
}

/** What backends have in common whose runtimes compile graphs: checks of what they are given, and the lives of what they made. */
export const runtimeBackend = (runtime: GraphRuntime): Backend => new RuntimeBackend(runtime);

class RuntimeBackend implements Backend {
  readonly name: string;
  readonly description: string;
  readonly #runtime: GraphRuntime;
  readonly #executables = new Set<Executable>();
  #disposed = false;

  constructor(runtime: GraphRuntime) {
    this.#runtime = runtime;
    this.name = runtime.name;
    this.description = runtime.description;
  }

  unsupported(graph: Graph): readonly UnsupportedOp[] {
    return this.#runtime.unsupported(graph);
  }

  async compile(graph: Graph): Promise<Executable> {
    this.#requireAlive();
    const { bodies } = this.#runtime;
    return this.#owned(graph, await compileSegments(graph, (flat) => this.#runtime.compileFlat(flat), bodies));
  }

  /** Copies, so that the caller may reuse the array. */
  upload(value: HostTensor): Promise<DeviceTensor> {
    return Promise.resolve().then(() => {
      this.#requireAlive();
      const expected = sizeOf(value.shape);
      if (value.data.length !== expected) throw mismatch("upload", `${expected} elements for ${formatAval(value)}`, `${value.data.length}`);
      return this.#runtime.upload(value);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    for (const executable of [...this.#executables]) await executable[Symbol.asyncDispose]();
    await this.#runtime.end?.();
  }

  #requireAlive(): void {
    if (this.#disposed) throw errors.USE_AFTER_DISPOSE({ what: `the ${this.name} backend` });
  }

  /** Graphs that the caller forgot end with the backend. */
  #owned(graph: Graph, compiled: Executable): Executable {
    const executables = this.#executables;
    const checkInputs = (inputs: readonly DeviceTensor[]): void => {
      this.#checkInputs(graph, inputs);
    };
    let disposed = false;
    const owned: Executable = {
      async run(inputs) {
        if (disposed) throw errors.USE_AFTER_DISPOSE({ what: `the compiled ${describeGraph(graph)}` });
        checkInputs(inputs);
        return await compiled.run(inputs);
      },
      async [Symbol.asyncDispose]() {
        disposed = true;
        if (executables.delete(owned)) await compiled[Symbol.asyncDispose]();
      },
    };
    executables.add(owned);
    return owned;
  }

  /** Refuses what a graph cannot take, before anything runs. @throws BAD_ARGUMENT that names the param; USE_AFTER_DISPOSE */
  #checkInputs({ params }: Graph, inputs: readonly DeviceTensor[]): void {
    const refuse = (expected: string, received: string): Error => mismatch("Executable.run", expected, received);
    if (inputs.length !== params.length)
      throw refuse(`${params.length} inputs (${params.map(({ name }) => name).join(", ")})`, `${inputs.length}`);
    params.forEach(({ name, aval }, i) => {
      const input = inputs[i]!;
      if (input.dtype !== aval.dtype || !equalShapes(input.shape, aval.shape))
        throw refuse(`\`${name}\` of type ${formatAval(aval)}`, formatAval(input));
      if (!this.#runtime.owns(input))
        throw refuse(`\`${name}\` as a tensor that a backend of the kind ${this.name} uploaded or computed`, "a tensor of another backend");
      input.requireAlive();
    });
  }
}

const mismatch = (name: string, expected: string, received: string): Error => errors.BAD_ARGUMENT({ function: name, expected, received });

/** `graph of 62 nodes (baseline/ddnm, ucpm)`, for messages. */
export function describeGraph(graph: Graph): string {
  const stages = [...new Set(graph.nodes.map((node) => node.scope))].filter((scope) => scope !== "");
  const named = stages.length > 6 ? [...stages.slice(0, 6), "..."] : stages;
  return `graph of ${graph.nodes.length} nodes${named.length === 0 ? "" : ` (${named.join(", ")})`}`;
}
