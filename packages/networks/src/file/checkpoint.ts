import type { StoredTensor } from "./stored-tensor.js";

export type CheckpointFormat = "safetensors" | "PyTorch (zip)" | "PyTorch (stream)" | "EDM pickle" | "NumPy (.npz)" | "diffusers folder";

/** A file or folder of weights, read as far as its names, shapes and settings. */
export interface Checkpoint {
  /** Name of the file or folder, for messages. */
  readonly name: string;
  readonly format: CheckpointFormat;
  /** Bytes of all its files. */
  readonly bytes: number;
  /** Weights by the names of the network's code, prefixes of training wrappers removed. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** What was chosen among several things in the file, such as `the weights under \`ema\``, for people. */
  readonly chosen: readonly string[];
  /** `config.json` of diffusers. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** `scheduler_config.json` of diffusers. */
  readonly scheduler?: Readonly<Record<string, unknown>>;
  /** Preconditioning and arguments of EDM. */
  readonly edm?: { readonly className: string; readonly arguments: Readonly<Record<string, unknown>> };
  /** Ends reading; tensors that were not asked for by then are lost. */
  close(): Promise<void>;
}
