import type * as tfjs from "@tensorflow/tfjs-core";

/** The core of TensorFlow.js, as loaded on first use: importing this package loads nothing. */
export type Tfjs = typeof tfjs;
export type TfTensor = tfjs.Tensor;

/** How `weights` asks for constants to be kept: as float16 where the device gains from it, never, or wherever it can. */
export type WeightStorage = "auto" | "float32" | "float16";

/** A weight that a device keeps as float16. */
export interface KeptHalves {
  /** The numbers as float32, for the length of their use. */
  expand(): TfTensor;
  dispose(): void;
}

/** How a device keeps weights as float16; TensorFlow.js itself has no such tensors. */
export interface HalfWeights {
  /** True if `weights: auto` keeps them so: less memory at no more time than the scatter of measurements. */
  readonly gains: boolean;
  /** The bits belong to the device afterwards; their number is even. */
  keep(bits: Uint16Array, shape: number[]): KeptHalves;
}

/** What a device can or cannot do that decides how an operation is lowered. */
export interface DeviceTraits {
  /** Has complex numbers and a fast Fourier transform. Elsewhere the transform is a product with matrices of cosines and sines. */
  readonly fourier: boolean;
  /** Multiplies batches of matrices as fast as single ones. */
  readonly batchedProducts: boolean;
  /** Takes new weights for a convolution at no cost. Elsewhere weights are prepared on first use, and should not change. */
  readonly scalesFilters: boolean;
  readonly halfWeights: HalfWeights;
  /** Its tensors are read without waiting, so that the host can compute what is small. */
  readonly sharesMemory: boolean;
}

/** The first line of an error's message. */
export function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split("\n", 1)[0]!.trim();
}
