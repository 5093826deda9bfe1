import { HeldTensor, type Aval, type HostTensor } from "@leader/graph";
import type { Device } from "./device/device.js";
import type { TfTensor } from "./tfjs.js";

const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

/** A tensor that TensorFlow.js keeps on a device. */
export class TfjsTensor extends HeldTensor<TfTensor> {
  readonly device: Device;

  constructor(aval: Aval, value: TfTensor, device: Device) {
    super("tfjs", aval, value);
    this.device = device;
  }

  /**
   * The result is the caller's own copy: changing it changes nothing on the device. The cpu device may keep what was cast in an
   * array of the type before.
   */
  async read(): Promise<HostTensor> {
    const data = await this.value.data();
    return { shape: this.shape, dtype: this.dtype, data: arrays[this.dtype].from(data) };
  }

  protected release(value: TfTensor): void {
    value.dispose();
  }
}
