import type { Tensor } from "onnxruntime-node";
import { coreErrors } from "@leader/core";
import { formatAval, type Aval, type DeviceTensor, type DType, type HostTensor } from "@leader/graph";

/** Copies a tensor that onnxruntime keeps on a device to the host. */
export type ReadBack = (tensor: Tensor, aval: Aval) => Promise<Tensor>;

/** A tensor of onnxruntime: in host memory, or in a device buffer where the provider keeps results. */
export class OnnxTensor implements DeviceTensor {
  readonly shape: readonly number[];
  readonly dtype: DType;
  #value: Tensor | undefined;
  readonly #readBack: ReadBack;

  constructor(aval: Aval, value: Tensor, readBack: ReadBack) {
    this.shape = aval.shape;
    this.dtype = aval.dtype;
    this.#value = value;
    this.#readBack = readBack;
  }

  /** The runtime's tensor, for a run. @throws USE_AFTER_DISPOSE */
  get value(): Tensor {
    this.requireAlive();
    return this.#value!;
  }

  /** @throws USE_AFTER_DISPOSE */
  requireAlive(): void {
    if (this.#value === undefined) throw coreErrors.USE_AFTER_DISPOSE({ what: `a tensor of the onnx backend, ${formatAval(this)},` });
  }

  /** The result is the caller's own copy: changing it changes nothing on the device. */
  async read(): Promise<HostTensor> {
    const { value } = this;
    const onHost = value.location === "cpu" ? value : await this.#readBack(value, this);
    return { shape: this.shape, dtype: this.dtype, data: (onHost.data as HostTensor["data"]).slice() };
  }

  [Symbol.dispose](): void {
    if (this.#value?.location === "gpu-buffer") this.#value.dispose();
    this.#value = undefined;
  }
}
