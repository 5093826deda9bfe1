import { errors } from "../error-codes.js";
import type { Backend, Executable } from "../backend.js";
import type { DeviceTensor, HostTensor } from "../values.js";
import { isOp, type Graph, type Node } from "../ir/graph.js";
import type { ReferenceValue } from "../ir/op-def.js";
import { printNode } from "../ir/print.js";
import { toHost, toReference } from "../ir/reference-value.js";
import { evaluateGraph } from "./interpret.js";

export interface ReferenceBackendOptions {
  /** Stop at the first node that makes NaN or infinity, and name it. Default true. */
  readonly checkFinite?: boolean;
  /** What tensors hold between graphs: rounded like a device (`float32`, default), or everything in float64 for oracle tests. */
  readonly precision?: "float32" | "float64";
}

/** Runs graphs in the float64 interpreter: slow, exact, and able to say which node went wrong. */
export function referenceBackend(options: ReferenceBackendOptions = {}): Backend {
  const { checkFinite = true, precision = "float32" } = options;
  const life = new Lifetime("reference backend");
  return {
    name: "reference",
    description: `reference interpreter, float64 inside, ${precision} between graphs`,
    unsupported: () => [],
    compile: async (graph) => {
      life.check();
      return await Promise.resolve(executable(graph, checkFinite, precision === "float32"));
    },
    upload: async (value) => {
      life.check();
      return await Promise.resolve(new ReferenceTensor(toReference(value)));
    },
    [Symbol.asyncDispose]: () => life.end(),
  };
}

function executable(graph: Graph, checkFinite: boolean, round: boolean): Executable {
  const watch = checkFinite ? { onNode: requireFinite } : {};
  const life = new Lifetime("executable of the reference backend");
  return {
    async run(inputs) {
      life.check();
      const values = await Promise.all(inputs.map(valueOf));
      const outputs = evaluateGraph(graph, values, watch);
      return outputs.map((value) => new ReferenceTensor(round ? roundToFloat32(value) : value));
    },
    [Symbol.asyncDispose]: () => life.end(),
  };
}

/** Refuses use after disposal, as a device would, so that such mistakes show here first. */
class Lifetime {
  #ended = false;

  constructor(private readonly what: string) {}

  check(): void {
    if (this.#ended) throw errors.USE_AFTER_DISPOSE({ what: this.what });
  }
  end(): Promise<void> {
    this.#ended = true;
    return Promise.resolve();
  }
}

class ReferenceTensor implements DeviceTensor {
  #value: ReferenceValue | undefined;

  constructor(value: ReferenceValue) {
    this.shape = value.shape;
    this.dtype = value.dtype;
    this.#value = value;
  }

  readonly shape: readonly number[];
  readonly dtype: DeviceTensor["dtype"];

  get value(): ReferenceValue {
    if (this.#value === undefined) throw errors.USE_AFTER_DISPOSE({ what: "tensor of the reference backend" });
    return this.#value;
  }
  read(): Promise<HostTensor> {
    return Promise.resolve().then(() => toHost(this.value));
  }
  [Symbol.dispose](): void {
    this.#value = undefined;
  }
}

// Tensors of another backend are taken too: this backend is for debugging.
const valueOf = async (tensor: DeviceTensor): Promise<ReferenceValue> =>
  tensor instanceof ReferenceTensor ? tensor.value : toReference(await tensor.read());

const roundToFloat32 = (value: ReferenceValue): ReferenceValue =>
  value.data instanceof Float64Array ? { ...value, data: new Float64Array(new Float32Array(value.data)) } : value;

function requireFinite(node: Node, value: ReferenceValue, operands: readonly ReferenceValue[]): void {
  if (!(value.data instanceof Float64Array)) return;
  const at = firstNotFinite(value.data);
  if (at < 0) return;
  // Masks are infinite on purpose: an infinity is an error only where it arises from finite operands.
  const infinityAllowed = isOp(node, "Constant") || operands.some(hasInfinity);
  const wrong = infinityAllowed ? value.data.findIndex((x) => Number.isNaN(x)) : at;
  if (wrong < 0) return;
  throw errors.NOT_FINITE(
    { node: printNode(node), value: value.data[wrong]!, element: wrong },
    node.scope === "" ? {} : { stage: node.scope },
  );
}

/** By a loop: this looks at every element of every value, and a call for each takes as long as the interpreter itself. */
function firstNotFinite(data: Float64Array): number {
  for (let i = 0; i < data.length; i++) if (data[i]! - data[i]! !== 0) return i;
  return -1;
}

const hasInfinity = ({ data }: ReferenceValue): boolean =>
  data instanceof Float64Array && data.some((x) => x === Infinity || x === -Infinity);
