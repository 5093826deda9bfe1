/** `@leader/networks`: the networks of the field from their published checkpoints. */
export { openCheckpoint, checkpointFromBytes } from "./checkpoint/open.js";
export type { Checkpoint, CheckpointFormat } from "./checkpoint/checkpoint.js";
export { float32Of } from "./file/stored-tensor.js";
export type { StoredTensor } from "./file/stored-tensor.js";
export { errors as networkErrors } from "./error-codes.js";
