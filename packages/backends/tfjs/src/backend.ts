import {
  compileSegments,
  formatAval,
  sizeOf,
  type Backend,
  type DeviceTensor,
  type Executable,
  type Graph,
  type HostTensor,
  type UnsupportedOp,
} from "@leader/graph";
import { coreErrors, type StageEnvironment } from "@leader/core";
import { checkInputs } from "./check-inputs.js";
import { chooseDevice, formatPassedOver, hintsOf, type Choice } from "./device/choose.js";
import type { Device, DeviceName } from "./device/device.js";
import { TfjsTensor } from "./device-tensor.js";
import { compileProgram, describeGraph, makeTensor } from "./program.js";
import type { WeightStorage } from "./tfjs.js";
import { unsupportedOps } from "./unsupported.js";

export interface TfjsBackendOptions {
  /** Devices in order of preference. */
  readonly prefer: readonly DeviceName[];
  /** How weights are kept that are numbers of float16; default `auto`. All arithmetic is float32. */
  readonly weights?: WeightStorage;
}

/**
 * Starts a backend on the first device of `prefer` that works; those before it are named in `description` and in a warning.
 * @throws TFJS_DEVICE_UNAVAILABLE if no device works.
 */
export async function createTfjsBackend(
  { prefer, weights = "auto" }: TfjsBackendOptions,
  environment: Pick<StageEnvironment, "warn">,
): Promise<Backend> {
  const choice = await chooseDevice(prefer);
  if (choice.passedOver.length > 0) environment.warn("LEADER_TFJS_DEVICE_FALLBACK", fallbackMessage(choice));
  return new TfjsBackend(choice, weights);
}

const fallbackMessage = ({ device, passedOver }: Choice): string =>
  `running on ${device.name}: ${passedOver.map(formatPassedOver).join("; ")}. To change that: ${hintsOf(passedOver).join("; ")}`;

class TfjsBackend implements Backend {
  readonly name = "tfjs";
  readonly description: string;
  readonly #device: Device;
  readonly #weights: WeightStorage;
  readonly #executables = new Set<Executable>();
  #disposed = false;

  constructor({ device, passedOver }: Choice, weights: WeightStorage) {
    const reasons = passedOver.length === 0 ? "" : ` (passed over: ${passedOver.map(formatPassedOver).join("; ")})`;
    this.description = `tfjs ${device.tf.version_core}, ${device.description}${reasons}`;
    this.#device = device;
    this.#weights = weights;
  }

  unsupported(graph: Graph): readonly UnsupportedOp[] {
    return unsupportedOps(graph, this.#device.name);
  }

  async compile(graph: Graph): Promise<Executable> {
    this.#requireAlive();
    const [device, weights] = [this.#device, this.#weights];
    const compileFlat = (flat: Graph): Promise<Executable> => Promise.resolve().then(() => compileProgram(flat, device, weights));
    const compiled = await compileSegments(graph, compileFlat, device.bodies[weights]);
    return this.#owned(graph, compiled);
  }

  /** Copies, so that the caller may reuse the array. */
  upload(value: HostTensor): Promise<DeviceTensor> {
    return Promise.resolve().then(() => {
      this.#requireAlive();
      const { shape, dtype, data } = value;
      if (data.length !== sizeOf(shape)) {
        const expected = `${sizeOf(shape)} elements for ${formatAval({ shape, dtype })}`;
        throw coreErrors.BAD_ARGUMENT({ function: "upload", expected, received: `${data.length}` });
      }
      this.#device.activate();
      return new TfjsTensor({ shape, dtype }, makeTensor(this.#device, value), this.#device);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    for (const executable of [...this.#executables]) await executable[Symbol.asyncDispose]();
  }

  #requireAlive(): void {
    if (this.#disposed) throw coreErrors.USE_AFTER_DISPOSE({ what: "the tfjs backend" });
  }

  /** Graphs that the caller forgot end with the backend. */
  #owned(graph: Graph, compiled: Executable): Executable {
    const executables = this.#executables;
    let disposed = false;
    const owned: Executable = {
      async run(inputs) {
        if (disposed) throw coreErrors.USE_AFTER_DISPOSE({ what: `the compiled ${describeGraph(graph)}` });
        checkInputs(graph, inputs);
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
}
