import { errors } from "../error-codes.js";
import { LeaderError } from "../errors.js";
import type { Aval, DType, HostTensor } from "../values.js";
import type { Graph, Node, Param } from "./graph.js";
import type { OpAttrs, OpName } from "./op-attrs.js";
import { definitionOf } from "./ops/index.js";
import { Tensor, type EmittedNode, type Emitter } from "./tensor.js";
import { outputsAmong, replay, valuesAt } from "./replay.js";
import { renumber } from "./renumber.js";

/**
 * Records operations as they are called. `trace` covers most needs; use the builder itself when inputs
 * appear while tracing (noise that a stage asks for) or when existing graphs are replayed into a new one.
 */
export class GraphBuilder implements Emitter {
  readonly #params: Param[] = [];
  readonly #emitted: EmittedNode[] = [];
  readonly #scalars = new Map<string, Tensor>();
  #scope = "";
  #next = 0;

  /** Adds an input to the graph. */
  param(name: string, aval: Aval): Tensor {
    const id = this.#next++;
    this.#params.push({ id, name, aval: { shape: aval.shape, dtype: aval.dtype } });
    return new Tensor(this, id, aval);
  }

  constant(value: HostTensor): Tensor {
    return this.emit("Constant", [], { value });
  }

  scalar(value: number, dtype: DType): Tensor {
    // Object.is tells -0 from 0, and so must the key.
    const key = `${dtype}:${Object.is(value, -0) ? "-0" : String(value)}`;
    const known = this.#scalars.get(key);
    if (known !== undefined) return known;
    const made = this.constant({ shape: [], dtype, data: scalarData(value, dtype) });
    this.#scalars.set(key, made);
    return made;
  }

  emit<K extends OpName>(op: K, inputs: readonly Tensor[], attrs: OpAttrs[K]): Tensor {
    const foreign = inputs.findIndex((t) => t.trace !== this);
    if (foreign >= 0) throw errors.FOREIGN_TENSOR({ op, operand: foreign }, this.#place());
    const aval = this.#infer(op, inputs, attrs);
    const id = this.#next++;
    const node: Node = { id, op, inputs: inputs.map((t) => t.id), attrs, aval, scope: this.#scope };
    const output = new Tensor(this, id, aval);
    this.#emitted.push({ node, inputs, output });
    return output;
  }

  mark(): number {
    return this.#emitted.length;
  }

  since(mark: number): readonly EmittedNode[] {
    const inside = `${this.#scope}/`;
    const relative = (scope: string): string =>
      scope === this.#scope ? "" : scope.startsWith(inside) ? scope.slice(inside.length) : scope;
    return this.#emitted.slice(mark).map((emitted) => ({ ...emitted, node: { ...emitted.node, scope: relative(emitted.node.scope) } }));
  }

  /** Runs `body` with its operations labelled as coming from `scope`; nested scopes join with a slash, an empty one adds nothing. */
  within<T>(scope: string, body: () => T): T {
    if (scope === "") return body();
    const outer = this.#scope;
    this.#scope = outer === "" ? scope : `${outer}/${scope}`;
    try {
      return body();
    } finally {
      this.#scope = outer;
    }
  }

  /** Copies the nodes of `graph` into this one with its params replaced by `inputs`; returns its outputs. */
  inline(graph: Graph, inputs: readonly Tensor[]): readonly Tensor[] {
    const values = valuesAt(graph, inputs);
    replay(this, graph.nodes, values);
    return outputsAmong(graph, values);
  }

  /** The finished graph: params first, then nodes, numbered in order of definition. */
  build(outputs: readonly Tensor[]): Graph {
    const foreign = outputs.findIndex((t) => t.trace !== this);
    if (foreign >= 0) throw errors.FOREIGN_TENSOR({ op: "output", operand: foreign }, this.#place());
    return renumber(
      this.#params,
      this.#emitted.map(({ node }) => node),
      outputs.map(({ id }) => id),
    );
  }

  #infer<K extends OpName>(op: K, inputs: readonly Tensor[], attrs: OpAttrs[K]): Aval {
    try {
      return definitionOf(op).infer(inputs, attrs);
    } catch (error) {
      if (error instanceof LeaderError && error.stage === undefined && this.#scope !== "") {
        throw new LeaderError(error.code, { message: error.message, hint: error.hint }, { ...this.#place(), cause: error });
      }
      throw error;
    }
  }

  #place(): { readonly stage?: string } {
    return this.#scope === "" ? {} : { stage: this.#scope };
  }
}

/**
 * Runs `f` once on symbolic tensors and returns the operations it called, as a graph.
 * @param avals types of the arguments; @param names optional names of the graph's params (default `x0`, `x1`, ...).
 */
export function trace(
  f: (...xs: Tensor[]) => Tensor | readonly Tensor[],
  avals: readonly Aval[],
  names: readonly string[] = avals.map((_, i) => `x${i}`),
): Graph {
  const builder = new GraphBuilder();
  const inputs = avals.map((aval, i) => builder.param(names[i] ?? `x${i}`, aval));
  const result = f(...inputs);
  return builder.build(result instanceof Tensor ? [result] : result);
}

function scalarData(value: number, dtype: DType): HostTensor["data"] {
  switch (dtype) {
    case "float32":
      return Float32Array.of(value);
    case "int32":
      return Int32Array.of(value);
    case "bool":
      return Uint8Array.of(value);
    default:
      return dtype satisfies never;
  }
}
