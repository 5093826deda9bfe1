import type { Tensor } from "onnxruntime-node";
import { freeArray, HeldTensor, type Aval, type HostTensor } from "@leader/graph";

/** Copies a tensor that onnxruntime keeps on a device to the host. */
export type ReadBack = (tensor: Tensor, aval: Aval) => Promise<Tensor>;

/** A tensor of onnxruntime: in host memory, or in a device buffer where the provider keeps results. */
export class OnnxTensor extends HeldTensor<Tensor> {
  readonly #readBack: ReadBack;

  constructor(aval: Aval, value: Tensor, readBack: ReadBack) {
    super("onnx", aval, value);
    this.#readBack = readBack;
  }

  /** The result is the caller's own copy: changing it changes nothing on the device. */
  async read(): Promise<HostTensor> {
    const { value } = this;
    const onHost = value.location === "cpu" ? value : await this.#readBack(value, this);
    return { shape: this.shape, dtype: this.dtype, data: copyOf(onHost.data) };
  }

  protected release(value: Tensor): void {
    if (value.location === "gpu-buffer") value.dispose();
    // Results and uploads are arrays of their own.
    else if (value.location === "cpu" && ArrayBuffer.isView(value.data)) freeArray(value.data);
  }
}

function copyOf(data: Tensor["data"]): HostTensor["data"] {
  if (data instanceof Float32Array || data instanceof Int32Array || data instanceof Uint8Array) return data.slice();
  throw new TypeError(`onnxruntime gave a ${data.constructor.name}, which is no type of the graph language`);
}
