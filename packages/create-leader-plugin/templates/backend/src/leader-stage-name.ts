import { defineErrors, type Backend, type DeviceTensor, type Executable, type Graph, type HostTensor } from "@leader/core";
import { interpret } from "@leader/graph/reference";
import { z } from "zod";

export const options = z.strictObject({});

const errors = defineErrors("LEADER_STAGE_NAME", {
  USE_AFTER_DISPOSE: (p: { what: string }) => ({
    message: `${p.what} was used after it was disposed`,
    hint: "dispose a value after its last use only",
  }),
});

/** An array on the device: here in host memory. */
class Buffer implements DeviceTensor {
  readonly shape: readonly number[];
  readonly dtype: HostTensor["dtype"];
  #value: HostTensor | undefined;

  constructor(value: HostTensor) {
    this.shape = value.shape;
    this.dtype = value.dtype;
    // Inputs stay the caller's, so the device has a copy.
    this.#value = { ...value, data: value.data.slice() };
  }

  get value(): HostTensor {
    if (this.#value === undefined) throw errors.USE_AFTER_DISPOSE({ what: "a tensor" });
    return this.#value;
  }
  async read(): Promise<HostTensor> {
    return await Promise.resolve({ ...this.value, data: this.value.data.slice() });
  }
  [Symbol.dispose](): void {
    this.#value = undefined;
  }
}

/** Refuses what comes after the end. */
class Life {
  #ended = false;
  constructor(private readonly what: string) {}
  check(): void {
    if (this.#ended) throw errors.USE_AFTER_DISPOSE({ what: this.what });
  }
  async end(): Promise<void> {
    this.#ended = true;
    await Promise.resolve();
  }
}

/** Tensors of another backend come over the host. */
const hostOf = async (tensor: DeviceTensor): Promise<HostTensor> => (tensor instanceof Buffer ? tensor.value : await tensor.read());

function executable(graph: Graph): Executable {
  // Translate the graph to the runtime here, once: `run` is called in every step.
  const life = new Life("an executable");
  return {
    async run(inputs) {
      life.check();
      return interpret(graph, await Promise.all(inputs.map(hostOf))).map((value) => new Buffer(value));
    },
    [Symbol.asyncDispose]: () => life.end(),
  };
}

/** A backend: uploads arrays, compiles graphs, and says beforehand which operations it does not know. */
export function leaderStageNameBackend(): Backend {
  const life = new Life("the backend");
  return {
    name: "leader-stage-name",
    description: "the interpreter of the graph language, float64 inside, rounded to float32",
    unsupported: () => [],
    async compile(graph) {
      life.check();
      return await Promise.resolve(executable(graph));
    },
    async upload(value) {
      life.check();
      return await Promise.resolve(new Buffer(value));
    },
    [Symbol.asyncDispose]: () => life.end(),
  };
}
