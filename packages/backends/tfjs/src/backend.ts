import {
  runtimeBackend,
  type Backend,
  type DeviceTensor,
  type Executable,
  type FunctionCache,
  type Graph,
  type GraphRuntime,
  type HostTensor,
  type UnsupportedOp,
} from "@leader/graph";
import type { StageEnvironment } from "@leader/core";
import { chooseDevice, formatPassedOver, hintsOf, type Choice } from "./device/choose.js";
import type { Device, DeviceName } from "./device/device.js";
import { TfjsTensor } from "./device-tensor.js";
import { compileProgram, makeTensor } from "./program.js";
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
  return runtimeBackend(new TfjsRuntime(choice, weights));
}

const fallbackMessage = ({ device, passedOver }: Choice): string =>
  `running on ${device.name}: ${passedOver.map(formatPassedOver).join("; ")}. To change that: ${hintsOf(passedOver).join("; ")}`;

class TfjsRuntime implements GraphRuntime {
  readonly name = "tfjs";
  readonly description: string;
  readonly #device: Device;
  readonly #weights: WeightStorage;

  constructor({ device, passedOver }: Choice, weights: WeightStorage) {
    const reasons = passedOver.length === 0 ? "" : ` (passed over: ${passedOver.map(formatPassedOver).join("; ")})`;
    this.description = `tfjs ${device.tf.version_core}, ${device.description}${reasons}`;
    this.#device = device;
    this.#weights = weights;
  }

  get bodies(): FunctionCache {
    return this.#device.bodies[this.#weights];
  }

  unsupported(graph: Graph): readonly UnsupportedOp[] {
    return unsupportedOps(graph, this.#device.name);
  }

  compileFlat(graph: Graph): Promise<Executable> {
    return Promise.resolve().then(() => compileProgram(graph, this.#device, this.#weights));
  }

  upload(value: HostTensor): TfjsTensor {
    this.#device.activate();
    return new TfjsTensor(value, makeTensor(this.#device, value), this.#device);
  }

  owns(tensor: DeviceTensor): tensor is TfjsTensor {
    return tensor instanceof TfjsTensor;
  }
}
