import { coreErrors } from "@leader/core";
import { formatAval, type Aval, type DeviceTensor, type DType, type HostTensor } from "@leader/graph";
import type { Device } from "./device/device.js";
import type { TfTensor } from "./tfjs.js";

const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

/** A tensor that TensorFlow.js keeps on a device. */
export class TfjsTensor implements DeviceTensor {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly device: Device;
  #value: TfTensor | undefined;

  constructor(aval: Aval, value: TfTensor, device: Device) {
    this.shape = aval.shape;
    this.dtype = aval.dtype;
    this.device = device;
    this.#value = value;
  }

  /** TensorFlow.js' tensor, for a run. @throws USE_AFTER_DISPOSE */
  get value(): TfTensor {
    this.requireAlive();
    return this.#value!;
  }

  /** @throws USE_AFTER_DISPOSE */
  requireAlive(): void {
    if (this.#value === undefined) throw coreErrors.USE_AFTER_DISPOSE({ what: `a tensor of the tfjs backend, ${formatAval(this)},` });
  }

  /**
   * The result is the caller's own copy: changing it changes nothing on the device. The cpu device may keep what was cast in an
   * array of the type before.
   */
  async read(): Promise<HostTensor> {
    const data = await this.value.data();
    return { shape: this.shape, dtype: this.dtype, data: arrays[this.dtype].from(data) };
  }

  [Symbol.dispose](): void {
    this.#value?.dispose();
    this.#value = undefined;
  }
}
