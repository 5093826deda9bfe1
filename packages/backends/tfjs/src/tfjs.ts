import type * as tfjs from "@tensorflow/tfjs-core";

/** The core of TensorFlow.js, as loaded on first use: importing this package loads nothing. */
export type Tfjs = typeof tfjs;
export type TfTensor = tfjs.Tensor;

/** What a device can or cannot do that decides how an operation is lowered. */
export interface DeviceTraits {
  /** Has complex numbers and a fast Fourier transform. Elsewhere the transform is a product with matrices of cosines and sines. */
  readonly fourier: boolean;
  /** Multiplies batches of matrices as fast as single ones. */
  readonly batchedProducts: boolean;
  /** Takes new weights for a convolution at no cost. Elsewhere weights are prepared on first use, and should not change. */
  readonly scalesFilters: boolean;
}

/** The first line of an error's message. */
export function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split("\n", 1)[0]!.trim();
}
